/**
 * A script that takes from a browser what Safari lacks.
 *
 * @module
 */

/**
 * Takes away async iteration of streams, and the symbols of disposal. The symbols cannot be deleted, so
 * `Symbol` becomes another one without them.
 */
export const LACKING_SCRIPT = `
delete ReadableStream.prototype[Symbol.asyncIterator];
delete ReadableStream.prototype.values;
const original = Symbol;
globalThis.Symbol = function (description) {
  return original(description);
};
for (const name of Object.getOwnPropertyNames(original)) {
  if (/^(asyncDispose|dispose|length|name)$/.test(name)) continue;
  const value = original[name];
  Object.defineProperty(Symbol, name, {
    value: typeof value === "function" ? value.bind(original) : value,
  });
}
Symbol.prototype = original.prototype;
`;
