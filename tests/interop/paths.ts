/**
 * Where the interoperability tests keep what they make.
 *
 * @module
 */
import { ROOT } from "../../tools/deno_json.ts";

/** Ignored by git; safe to delete. */
export const INTEROP = new URL(".cache/interop/", ROOT);

/** The path of a file URL. */
export function fromFileUrl(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/** The path of a file beside this one. */
export function besides(name: string): string {
  return fromFileUrl(new URL(name, import.meta.url));
}
