/**
 * Assertions in a page: those of other tests may need modules that only runtimes have.
 *
 * @module
 */
import { FlightError } from "@contrail/flight/web";

/** Fails unless it is true. */
export function assert(
  condition: unknown,
  message = "it is not so",
): asserts condition {
  if (!condition) throw new Error(message);
}

/** Fails unless two values are equal: primitives, bytes, arrays, Maps and plain objects. */
export function assertEquals(found: unknown, wanted: unknown): void {
  const [a, b] = [shown(found), shown(wanted)];
  assert(a === b, `${a} instead of ${b}`);
}

/** Fails unless a call fails with an error of a class. */
export async function failureOf<E extends Error>(
  type: abstract new (...args: never[]) => E,
  call: () => unknown,
): Promise<E> {
  try {
    await call();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`there was no ${type.name}`);
}

/** Fails unless a call fails with a FlightError. */
export function flightErrorOf(call: () => unknown): Promise<FlightError> {
  return failureOf(FlightError, call);
}

function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  const { name } = value.constructor;
  if (ArrayBuffer.isView(value)) {
    return `${name} [${[...value as Uint8Array].join(", ")}]`;
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const texts = entries.filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${key}: ${shown(item)}`);
  return `${name} {${texts.join(", ")}}`;
}
