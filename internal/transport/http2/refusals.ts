/** Requests that are not gRPC: RFC 9110, sections 15.5.6 and 15.5.16; preflights of CORS. */

import { type Cors, isWebPreflight } from "../../grpc/web/cors.ts";
import { webTypeOf } from "../../grpc/web/content_type.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";

/** HTTP answer. */
export interface Refusal {
  /** Its headers. */
  readonly headers: readonly Header[];
  /** Its body. */
  readonly text: string;
  /** True for the answer to a preflight, which is no misuse. */
  readonly isPreflight?: boolean;
}

/**
 * Makes the answer to a request that is not gRPC.
 *
 * @param cors Permissions for pages of other origins; undefined if the server does not speak gRPC-Web.
 * @returns The answer, or undefined if it is a call.
 */
export function refusalOf(
  request: HeaderList,
  isGrpcType: (type: string) => boolean,
  cors: Cors | undefined,
): Refusal | undefined {
  const type = fieldOf(request, "content-type") ?? "";
  if (!isGrpcType(type)) {
    const header = (name: string) => fieldOf(request, name);
    const isPreflight = fieldOf(request, ":method") === "OPTIONS" &&
      isWebPreflight(header);
    if (cors && isPreflight) {
      const asked = header("access-control-request-headers");
      return {
        headers: [
          [":status", "204"],
          ...cors.preflight(header("origin"), asked),
        ],
        text: "",
        isPreflight: true,
      };
    }
    const isWeb = webTypeOf(type) !== undefined;
    if (cors === undefined) {
      return refusal(
        "415",
        isWeb || isPreflight
          ? "This server speaks gRPC only: its option web is not set, which would permit gRPC-Web.\n"
          : "This server speaks gRPC only.\n",
      );
    }
    if (!isWeb) {
      return refusal("415", "This server speaks gRPC and gRPC-Web only.\n");
    }
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
