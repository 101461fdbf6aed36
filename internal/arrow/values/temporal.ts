/** Temporal, where the runtime has it: reached by name, since not every TypeScript knows its types. */

import { FlightError } from "../../core/flight_error.ts";

/** The classes of Temporal that values are made of. */
interface TemporalClasses {
  readonly Instant: {
    fromEpochNanoseconds(nanoseconds: bigint): TemporalInstant;
  };
  readonly PlainDate: { new (y: number, m: number, d: number): object };
  readonly PlainTime: { from(text: string): object };
  readonly Duration: { from(parts: Record<string, number>): object };
}

interface TemporalInstant {
  toZonedDateTimeISO(zone: string): { toPlainDateTime(): object };
}

/** Gives Temporal, or says that the runtime has none. */
export function temporal(): TemporalClasses {
  const { Temporal } = globalThis as { Temporal?: TemporalClasses };
  if (Temporal !== undefined) return Temporal;
  throw new FlightError(
    "FAILED_PRECONDITION",
    "Cannot use option temporal: this runtime does not have Temporal",
  );
}

/** The name of the class of a value of Temporal, such as `Instant`; `undefined` for other values. */
export function temporalClass(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const tag: unknown = (value as Record<symbol, unknown>)[Symbol.toStringTag];
  return typeof tag === "string" && tag.startsWith("Temporal.")
    ? tag.slice("Temporal.".length)
    : undefined;
}
