/** The client's transport on gRPC-Web: `fetch` alone, so that browsers and workers have it. */

import { shown } from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import {
  formatGrpcLocation,
  type Location,
  withoutBrackets,
} from "../../protocol/location.ts";
import type {
  CallResponse,
  ClientRequest,
  ClientTransport,
  FindBody,
} from "../../seam/transport.ts";
import { OpenCalls } from "../open_calls.ts";
import type { SocketCall } from "../websocket/client_call.ts";
import { WebCall } from "./client_call.ts";
import { LateCall } from "./late_call.ts";
import {
  type WebSettings,
  webSettingsOf,
  type WebTransportOptions,
} from "./options.ts";
import { RequestMaker } from "./request.ts";
import { SocketCalls } from "./sockets/socket_calls.ts";

/**
 * Makes a transport to a gRPC-Web server.
 *
 * @param url The server: `https://host[:port][/prefix]`.
 * @param options Limits, and how requests are made.
 * @param findBody Finds the part of a received message to align; none by default.
 * @returns The transport; it does nothing before the first call.
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When `url` or an option cannot be used.
 */
export function webClientTransport(
  url: string | URL,
  options: WebTransportOptions = {},
  findBody: FindBody = () => undefined,
): ClientTransport {
  return new WebClientTransport(
    webBaseUrl(url),
    webSettingsOf(options, findBody),
  );
}

/**
 * Checks the URL of a server.
 *
 * @returns The URL without a slash at its end.
 * @throws {TypeError} When it is not the base of an HTTP server.
 */
function webBaseUrl(url: string | URL): string {
  const text = url instanceof URL ? url.href : url;
  const parsed = typeof text === "string" && URL.canParse(text)
    ? new URL(text)
    : undefined;
  const problem = parsed === undefined
    ? "it is not a URL"
    : /^grpc/.test(parsed.protocol)
    ? "browsers and fetch reach gRPC-Web by http:// and https:// only"
    : !/^https?:$/.test(parsed.protocol)
    ? "it is neither http:// nor https://"
    : parsed.username !== "" || parsed.password !== ""
    ? "fetch refuses URLs with a user name (option headers)"
    : parsed.search !== "" || parsed.hash !== ""
    ? "it has a query or a fragment"
    : undefined;
  if (problem === undefined) return parsed!.href.replace(/\/+$/, "");
  const secret = parsed?.password ? "with a password" : shown(text);
  throw new TypeError(
    `Cannot use URL ${secret}: ${problem}; expected https://host[:port][/prefix]`,
  );
}

/**
 * Names the host and port of a server as a Flight location, which endpoints have, too.
 *
 * @throws {TypeError} When `url` is not the base of an HTTP server.
 */
export function webGrpcLocation(url: string | URL): Location {
  const { protocol, hostname, port } = new URL(webBaseUrl(url));
  const tls = protocol === "https:";
  return {
    uri: formatGrpcLocation({
      kind: "tcp",
      tls,
      hostname: withoutBrackets(hostname),
      port: port === "" ? (tls ? 443 : 80) : Number(port),
    }),
  };
}

class WebClientTransport implements ClientTransport {
  readonly #url: string;
  readonly #settings: WebSettings;
  readonly #requests: RequestMaker;
  readonly #sockets: SocketCalls;
  readonly #calls = new OpenCalls();
  /** True once a socket did not open that was not needed. */
  #hasNoSockets = false;

  constructor(url: string, settings: WebSettings) {
    this.#url = url;
    this.#settings = settings;
    this.#requests = new RequestMaker(url, settings);
    this.#sockets = new SocketCalls(url, settings);
  }

  get peer(): string {
    return webGrpcLocation(this.#url).uri;
  }

  call(request: ClientRequest): CallResponse<Uint8Array> {
    const way = this.#sockets.wayOf(request.path, this.#requests.gathers);
    return this.#calls.start((onEnd) =>
      way === undefined || way === "first" && this.#hasNoSockets
        ? this.#fetchCall(request, onEnd)
        : new LateCall(
          request,
          (signal) => this.#socketCall(request, way, signal, onEnd),
          onEnd,
        )
    );
  }

  #fetchCall(request: ClientRequest, onEnd: () => void): WebCall {
    return new WebCall(request, {
      url: this.#url,
      requests: this.#requests,
      settings: this.#settings,
      onEnd,
    });
  }

  async #socketCall(
    request: ClientRequest,
    way: "only" | "first",
    signal: AbortSignal,
    onEnd: () => void,
  ): Promise<SocketCall | WebCall> {
    try {
      return await this.#sockets.open(request, signal, onEnd);
    } catch (error) {
      if (way === "only" || signal.aborted) throw error;
      // Headers that are too large say nothing about sockets.
      if (FlightError.is(error) && error.origin === "local") throw error;
      // Nothing was sent or read so far.
      this.#hasNoSockets = true;
      return this.#fetchCall(request, onEnd);
    }
  }

  close(): Promise<void> {
    this.#calls.close();
    return Promise.resolve();
  }
}
