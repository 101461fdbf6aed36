/** The client behind a request, as the platform describes it. */

import { quietly } from "../../base/handled.ts";
import { IS_WORKERS } from "../../base/is_workers.ts";
import { hostPort } from "../host_port.ts";

/** The second argument of a handler, by the shapes of the platforms. */
interface RequestInfo {
  /** Deno. */
  readonly remoteAddr?: { readonly hostname?: string; readonly port?: number };
  /** Bun: the address of a client. */
  requestIP?(
    request: Request,
  ): { readonly address: string; readonly port: number } | null;
  /** Bun: sets the longest silence of a connection, in seconds; 0 for no limit. */
  timeout?(request: Request, seconds: number): void;
}

/** The client of a call. */
export interface Caller {
  /** Its address. */
  readonly peer: string;
  /** A value that all calls of one connection share. */
  readonly connection: object | undefined;
  /** Has `gone` called when the client disappears. */
  onGone(gone: () => void): void;
  /** Ends that. */
  stop(): void;
}

/**
 * Describes the client of a request.
 *
 * @param request The request.
 * @param argument The second argument of the platform.
 */
export function callerOf(request: Request, argument: unknown): Caller {
  const info =
    (typeof argument === "object" && argument !== null
      ? argument
      : {}) as RequestInfo;
  // A stream of results may be silent for longer than the ten seconds that Bun allows.
  if (typeof info.timeout === "function") {
    quietly(() => info.timeout!(request, 0));
  }
  const peer = peerOf(request, info);
  let stop = (): void => {};
  return {
    peer: peer ?? "web",
    // Without an address, no two calls are known to be of one client.
    connection: peer === undefined ? {} : undefined,
    onGone(gone) {
      const { signal } = request;
      if (signal.aborted) return gone();
      // On Deno it is also aborted after a success, which then makes no difference.
      signal.addEventListener("abort", gone);
      stop = () => signal.removeEventListener("abort", gone);
    },
    stop: () => stop(),
  };
}

function peerOf(request: Request, info: RequestInfo): string | undefined {
  const { remoteAddr } = info;
  if (typeof remoteAddr?.hostname === "string") {
    return hostPort(remoteAddr.hostname, remoteAddr.port ?? 0);
  }
  if (typeof info.requestIP === "function") {
    const ip = info.requestIP(request);
    return ip === null ? undefined : hostPort(ip.address, ip.port);
  }
  if (IS_WORKERS) {
    const ip = request.headers.get("cf-connecting-ip");
    return ip === null ? undefined : hostPort(ip, 0);
  }
  return undefined;
}
