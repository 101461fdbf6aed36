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

const SUBSTRAIT_METHODS = ["query", "querySchema", "update", "prepare"];

/**
 * Checks handlers.
 *
 * @returns The same.
 * @throws {TypeError} When they are no object, or one cannot be called.
 */
export function checkHandlers<H>(handlers: H): H {
  checkMethods(handlers, METHODS, "handlers");
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
