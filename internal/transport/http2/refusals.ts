/** Requests that are not gRPC: RFC 9110, sections 15.5.6 and 15.5.16. */

import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";

/** HTTP answer. */
export interface Refusal {
  /** Its headers. */
  readonly headers: readonly Header[];
  /** Its body. */
  readonly text: string;
}

/**
 * Makes the answer to a request that is not gRPC.
 *
 * @returns The answer, or undefined if it is gRPC.
 */
export function refusalOf(
  request: HeaderList,
  isGrpcType: (type: string) => boolean,
): Refusal | undefined {
  if (!isGrpcType(fieldOf(request, "content-type") ?? "")) {
    return refusal("415", "This server speaks gRPC only.\n");
  }
  if (fieldOf(request, ":method") !== "POST") {
    return refusal("405", "gRPC uses the method POST only.\n", [
      "allow",
      "POST",
    ]);
  }
  return undefined;
}

function refusal(status: string, text: string, ...more: Header[]): Refusal {
  return {
    headers: [
      [":status", status],
      ["content-type", "text/plain"],
      ["content-length", String(text.length)],
      ...more,
    ],
    text,
  };
}
