/**
 * Paths of generated files of the interoperability tests.
 *
 * @module
 */
import { ROOT } from "../../../tools/deno_json.ts";

/** Ignored by git; safe to delete. */
export const INTEROP = new URL(".cache/interop/", ROOT);

/** The path of a file URL. */
export function fromFileUrl(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/** The path of a file, from its path below `tests/interop/`. */
export function interopFile(path: string): string {
  return fromFileUrl(new URL(`../${path}`, import.meta.url));
}
