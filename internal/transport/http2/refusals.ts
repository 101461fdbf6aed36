/** Requests that are not gRPC: RFC 9110, sections 15.5.6 and 15.5.16; preflights of CORS; health. */

import { isGrpcType } from "../../grpc/answer_end.ts";
import { isWebPreflight } from "../../grpc/web/cors.ts";
import { webTypeOf } from "../../grpc/web/content_type.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import { withoutBrackets } from "../../protocol/location.ts";
import type { WebSettings } from "../web_option.ts";
import { authorityOf, type OtherRequest } from "./other_answer.ts";

/** HTTP answer. */
export interface Refusal {
  /** Its headers. */
  readonly headers: readonly Header[];
  /** Its body. */
  readonly text: string;
  /** True for a request that is no misuse, such as a preflight. */
  readonly isUseful?: boolean;
  /** The request, and the application that answers it instead. */
  readonly other?: OtherRequest;
}

/** Requests that a server answers beside calls. */
export interface WebRequests extends WebSettings {
  /** Reports whether calls can be expected to succeed. */
  readonly isServing: () => boolean;
}

/** Protocol of a connection. */
export type Protocol = "HTTP/2" | "HTTP/1.1";

/**
 * Makes the answer to a request that is not gRPC.
 *
 * @param protocol Protocol of its connection: HTTP/1.1 carries gRPC-Web alone.
 * @param web Settings of gRPC-Web; undefined if the server does not speak it.
 * @returns The answer, or undefined if it is a call.
 */
export function refusalOf(
  request: HeaderList,
  protocol: Protocol,
  web: WebRequests | undefined,
): Refusal | undefined {
  const refusal = findRefusal(request, protocol, web);
  // RFC 9110, section 9.3.2: the headers alone.
  return refusal && fieldOf(request, ":method") === "HEAD"
    ? { ...refusal, text: "" }
    : refusal;
}

function findRefusal(
  request: HeaderList,
  protocol: Protocol,
  web: WebRequests | undefined,
): Refusal | undefined {
  const type = fieldOf(request, "content-type") ?? "";
  const method = fieldOf(request, ":method");
  const isWeb = webTypeOf(type) !== undefined;
  if (protocol === "HTTP/2" && isGrpcType(type)) {
    return method === "POST" ? undefined : notPost();
  }
  const header = (name: string) => fieldOf(request, name);
  const isPreflight = method === "OPTIONS" && isWebPreflight(header);
  if (web === undefined) {
    return plain(
      "415",
      isWeb || isPreflight
        ? "This server speaks gRPC only: its option web is not set, which would permit gRPC-Web.\n"
        : "This server speaks gRPC only.\n",
    );
  }
  if (isHealthCheck(request, method, web)) return healthOf(web);
  const misdirected = misdirectedBy(authorityOf(request), web);
  if (misdirected) return misdirected;
  if (isPreflight) {
    const asked = header("access-control-request-headers");
    return {
      headers: [
        [":status", "204"],
        ...web.cors.preflight(header("origin"), asked),
      ],
      text: "",
      isUseful: true,
    };
  }
  if (isWeb) return method === "POST" ? undefined : notPost();
  if (web.otherwise && (method === "GET" || method === "HEAD")) {
    const other = { request, answer: web.otherwise };
    return { headers: [], text: "", isUseful: true, other };
  }
  return plain(
    "415",
    protocol === "HTTP/2"
      ? "This server speaks gRPC and gRPC-Web only.\n"
      : "This server speaks gRPC-Web, and gRPC over HTTP/2 only.\n",
  );
}

/**
 * Refuses a request for a name that is not the server's: a page of another site, whose name its owner
 * lets point to this server, would otherwise be of the server's own origin.
 *
 * @param authority The name and the port that the client has used.
 * @returns The answer; undefined if the name is the server's.
 */
export function misdirectedBy(
  authority: string | undefined,
  { hosts }: WebSettings,
): Refusal | undefined {
  if (hosts === undefined) return undefined;
  const url = `http://${authority}`;
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  if (host !== "" && hosts(withoutBrackets(host))) return undefined;
  return plain("421", "This server does not answer by this name.\n");
}

function isHealthCheck(
  request: HeaderList,
  method: string | undefined,
  { healthPath }: WebSettings,
): boolean {
  return (method === "GET" || method === "HEAD") && healthPath !== undefined &&
    fieldOf(request, ":path")!.split("?", 1)[0] === healthPath;
}

function healthOf({ isServing }: WebRequests): Refusal {
  const health = isServing()
    ? plain("200", "SERVING\n", ["cache-control", "no-store"])
    : plain("503", "NOT_SERVING\n", ["cache-control", "no-store"]);
  return { ...health, isUseful: true };
}

function notPost(): Refusal {
  return plain("405", "gRPC uses the method POST only.\n", ["allow", "POST"]);
}

/** Makes an answer of plain text. */
export function plain(
  status: string,
  text: string,
  ...more: Header[]
): Refusal {
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
