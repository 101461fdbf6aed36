/** Answers to requests that are no calls. */

import type { Header } from "../../http2/hpack/header.ts";

/**
 * Makes an answer of plain text.
 *
 * @param status HTTP status.
 * @param text The body; null for none.
 * @param more More headers.
 */
export function plain(
  status: number,
  text: string | null,
  more: readonly Header[] = [],
): Response {
  const headers = new Headers();
  if (text !== null) headers.set("content-type", "text/plain");
  for (const [name, value] of more) headers.append(name, value);
  return new Response(text, { status, headers });
}
