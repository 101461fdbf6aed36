/** The request that becomes a WebSocket: RFC 6455, section 4. */

import type { Cors } from "../../grpc/web/cors.ts";
import { valuesOf } from "../../http2/frame/field_rules.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import { SUBPROTOCOL } from "./frames.ts";

/** A request, as a server sees it. */
interface UpgradeRequest {
  /** The URL, whose host is that of the header `host`. */
  readonly url: URL;
  /** All headers, with names in lower case. */
  readonly headers: HeaderList;
}

/** The decision on a request. */
type Upgrade =
  | {
    /** The subprotocol to agree on. */
    readonly protocol: string;
    /** The headers that the service may see. */
    readonly headers: HeaderList;
    readonly refusal?: undefined;
  }
  | {
    /** The answer instead. */
    readonly refusal: {
      /** HTTP status. */
      readonly status: number;
      /** The body. */
      readonly text: string;
      /** More headers. */
      readonly headers: readonly Header[];
    };
  };

/** Reports whether a request asks for a WebSocket. */
export function isUpgrade(
  header: (name: string) => string | null | undefined,
): boolean {
  return /(?:^|,)\s*websocket\s*(?:,|$)/i.test(header("upgrade") ?? "");
}

/**
 * Decides on a request for a WebSocket. Browsers ask for no permission before it and send their cookies
 * with it, so the server has to look at the origin.
 *
 * @param request A request that asks for one; the platform checks its key and its version.
 * @param cors The permissions for pages.
 */
export function upgradeOf(request: UpgradeRequest, cors: Cors): Upgrade {
  const { url, headers } = request;
  const valueOf = (name: string) => valuesOf(headers, name) ?? "";
  const offered = valueOf("sec-websocket-protocol").split(",").map((name) =>
    name.trim()
  );
  if (!offered.includes(SUBPROTOCOL)) {
    return refusal(
      400,
      `A WebSocket needs the subprotocol ${SUBPROTOCOL} here.`,
      [["sec-websocket-protocol", SUBPROTOCOL]],
    );
  }
  const origin = valueOf("origin");
  const isForeign = origin !== "" && !isOriginOf(origin, url);
  if (isForeign && !cors.permits(origin)) {
    return refusal(
      403,
      "Pages of this origin have no permission to open a WebSocket (CORS).",
    );
  }
  // The page did not ask to send them: the browser does in any case.
  const isAnonymous = isForeign && !cors.permitsCredentials;
  return {
    protocol: SUBPROTOCOL,
    headers: headers.filter(([name]) =>
      !name.startsWith("sec-websocket-") &&
      !(isAnonymous && /^(?:cookie|authorization)$/.test(name))
    ),
  };
}

/**
 * Reports whether a page belongs to the host of a request. Behind a proxy that ends TLS, the request has
 * none; but a page without TLS does not belong to a server with it.
 */
function isOriginOf(origin: string, url: URL): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  return hostOf(host, protocol) === hostOf(url.host, protocol) &&
    (protocol === "https:" ||
      protocol === "http:" && /^(?:http|ws):$/.test(url.protocol));
}

/** Leaves out the port that a protocol has anyway. */
function hostOf(host: string, protocol: string): string {
  return host.replace(protocol === "https:" ? /:443$/ : /:80$/, "");
}

function refusal(
  status: number,
  text: string,
  headers: readonly Header[] = [],
): Upgrade {
  return { refusal: { status, text: `${text}\n`, headers } };
}
