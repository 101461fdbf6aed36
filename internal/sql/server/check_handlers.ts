/** Checks what is given as handlers. */

import type { FlightSqlHandlers } from "./handlers.ts";

const METHODS = [
  "query",
  "querySchema",
  "update",
  "prepare",
  "beginTransaction",
  "findTransaction",
  "ingest",
  "catalogs",
  "schemas",
  "tables",
  "tableTypes",
  "primaryKeys",
  "foreignKeys",
  "typeInfo",
  "setSessionOption",
  "close",
] as const satisfies readonly (keyof FlightSqlHandlers)[];

/** Names of all members that serve something. */
const NAMES: readonly string[] = [
  ...METHODS.filter((name) => name !== "close"),
  "substrait",
  "sqlInfo",
];

/** Most names that an error lists. */
const MAX_NAMES = 5;

const SUBSTRAIT_METHODS = ["query", "querySchema", "update", "prepare"];

/**
 * Checks handlers.
 *
 * @returns The same.
 * @throws {TypeError} When they are no object, or one cannot be called.
 */
export function checkHandlers<H>(handlers: H): H {
  checkMethods(handlers, METHODS, "handlers");
  checkHandled(handlers as object);
  const { substrait } = handlers as FlightSqlHandlers;
  if (substrait !== undefined) {
    checkMethods(substrait, SUBSTRAIT_METHODS, "substrait");
  }
  return handlers;
}

function checkMethods(
  value: unknown,
  names: readonly string[],
  what: string,
): void {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot serve this: ${what} must be an object`);
  }
  for (const name of names) {
    const method = (value as Record<string, unknown>)[name];
    if (method === undefined || typeof method === "function") continue;
    throw new TypeError(`Cannot serve this: ${name} is not a function`);
  }
}

/** Refuses functions of which none is a handler: each command would be UNIMPLEMENTED. */
function checkHandled(handlers: object): void {
  if (NAMES.some((name) => name in handlers)) return;
  const others = Object.keys(handlers).filter((name) => name !== "close");
  if ("connect" in handlers) {
    throw new TypeError(
      "Cannot serve this: it is an adapter of a database " +
        "(database(adapter) makes handlers of it)",
    );
  }
  if (others.length === 0) return;
  throw new TypeError(
    "Cannot serve this: it has none of the handlers, such as query; " +
      `it has ${others.slice(0, MAX_NAMES).join(", ")}`,
  );
}
