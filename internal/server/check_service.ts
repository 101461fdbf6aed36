/** Checks a service before it is served. */

import { isPromise } from "../base/is_promise.ts";
import { valueName } from "../base/value_name.ts";
import { PREDEFINED_ACTIONS } from "../protocol/action.ts";
import { FLIGHT_METHODS } from "../protocol/methods.ts";
import { isTable } from "../stream/record_batch_source.ts";
import type { FlightService } from "./flight_service.ts";

/** Most names that an error lists. */
const MAX_NAMES = 5;

/** Names of all handlers, by their letters alone. */
const HANDLERS: ReadonlyMap<string, string> = new Map(
  [...FLIGHT_METHODS, ...Object.keys(PREDEFINED_ACTIONS)].map((method) => {
    const name = method.charAt(0).toLowerCase() + method.slice(1);
    return [lettersOf(name), name];
  }),
);

/**
 * Refuses values that would be served without a handler, and handlers that would never be called.
 *
 * @throws {TypeError} When `service` is one of these.
 */
export function checkService(service: FlightService): void {
  if (
    typeof service !== "object" || service === null || isPromise(service) ||
    Symbol.iterator in service || Symbol.asyncIterator in service
  ) {
    const hint = typeof service === "function"
      ? " (of a class it is new Service())"
      : isTable(service)
      ? " (tableService({ name: table }) serves tables)"
      : "";
    throw new TypeError(
      "Cannot serve this: a service is an object of handlers, not " +
        valueName(service) + hint,
    );
  }
  const handlers = service as Record<string, unknown>;
  for (const name of [...HANDLERS.values(), "onShutdown"]) {
    const handler = handlers[name];
    if (handler === undefined || typeof handler === "function") continue;
    throw new TypeError(
      `Cannot serve this: ${name} is ${valueName(handler)}, not a function`,
    );
  }
  const names = namesOf(service);
  for (const name of names) {
    const meant = HANDLERS.get(lettersOf(name));
    if (meant !== undefined && !(meant in service)) {
      throw new TypeError(
        `Cannot serve this: ${name} is not a handler, its name is ${meant}`,
      );
    }
    const { value } = Object.getOwnPropertyDescriptor(service, name) ?? {};
    if (isTable(value)) {
      throw new TypeError(
        `Cannot serve this: ${name} is a Table, not a function ` +
          "(tableService({ name: table }) serves tables)",
      );
    }
  }
  checkHandled(handlers, names);
}

/** Refuses an object with functions of which none is a handler: each call would be UNIMPLEMENTED. */
function checkHandled(service: Record<string, unknown>, names: Set<string>) {
  if ([...HANDLERS.values(), "onShutdown"].some((name) => name in service)) {
    return;
  }
  const others = [...names].filter((name) =>
    name !== "constructor" && isMethod(service, name)
  );
  if (others.length === 0) return;
  const hint = others.includes("connect")
    ? " (flightSqlService(database(adapter)) serves a database)"
    : others.includes("query") || others.includes("prepare")
    ? " (flightSqlService(handlers) serves handlers of Flight SQL)"
    : "";
  throw new TypeError(
    "Cannot serve this: none of its functions is a handler, such as doGet; " +
      `it has ${others.slice(0, MAX_NAMES).join(", ")}${hint}`,
  );
}

/** Reports whether a member is a function, without running a getter. */
function isMethod(service: object, name: string): boolean {
  for (
    let one: object | null = service;
    one !== null;
    one = Object.getPrototypeOf(one)
  ) {
    const member = Object.getOwnPropertyDescriptor(one, name);
    if (member) return typeof member.value === "function";
  }
  return false;
}

/** Spellings such as `do_get` and `DoGet` have the same letters. */
function lettersOf(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** Names of the members of an object and its classes. */
function namesOf(service: object): Set<string> {
  const names = new Set<string>();
  for (
    let one: object | null = service;
    one !== null && one !== Object.prototype;
    one = Object.getPrototypeOf(one)
  ) {
    for (const name of Object.getOwnPropertyNames(one)) names.add(name);
  }
  return names;
}
