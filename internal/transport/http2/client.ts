/** The client's transport on HTTP/2. */

import { isIP } from "node:net";

import { formatGrpcLocation, type GrpcAddress } from "../../core/location.ts";
import type {
  CallRequest,
  CallResponse,
  ClientTransport,
  FindBody,
  OutgoingMessage,
} from "../transport.ts";
import { ClientCall } from "./client_call.ts";
import { Connector } from "./connector.ts";
import { closedError } from "./errors.ts";
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  type Http2ClientOptions,
  type Http2ClientTlsOptions,
  integerOption,
  limitsOf,
  MAX_TIMER_MS,
  type TransportLimits,
} from "./options.ts";
import { clientTls } from "./tls_options.ts";

/**
 * A transport with one connection to a gRPC server, made when the first call
 * needs it and made again when it was lost.
 *
 * @param address Where the server is.
 * @param options Limits, time-outs and TLS.
 * @param findBody What to align in received messages; nothing by default.
 * @returns The transport; it does nothing before the first call.
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When options contradict each other.
 */
export function http2ClientTransport(
  address: GrpcAddress,
  options: Http2ClientOptions = {},
  findBody: FindBody = () => undefined,
): ClientTransport {
  return new Http2ClientTransport(address, options, findBody);
}

class Http2ClientTransport implements ClientTransport {
  readonly #location: string;
  readonly #scheme: string;
  readonly #authority: string;
  readonly #limits: TransportLimits;
  readonly #findBody: FindBody;
  readonly #connector: Connector;
  readonly #calls = new Set<ClientCall>();
  #isClosed = false;

  constructor(
    address: GrpcAddress,
    options: Http2ClientOptions,
    findBody: FindBody,
  ) {
    this.#findBody = findBody;
    this.#location = formatGrpcLocation(address);
    this.#limits = limitsOf(options);
    const isTls = address.kind === "tcp" && address.tls;
    if (options.tls && !isTls) {
      throw new TypeError(
        `Cannot use option tls: ${this.#location} is not a grpc+tls location`,
      );
    }
    this.#scheme = isTls ? "https" : "http";
    this.#authority = authorityOf(address, options.tls);
    this.#connector = new Connector({
      address,
      location: this.#location,
      tls: isTls ? clientTls(options.tls ?? {}, address.hostname) : undefined,
      limits: this.#limits,
      connectTimeoutMs: integerOption(
        "connectTimeoutMs",
        options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
        1,
        MAX_TIMER_MS,
      ),
    });
  }

  call(request: CallRequest<OutgoingMessage>): CallResponse<Uint8Array> {
    const call: ClientCall = new ClientCall(request, {
      connector: this.#connector,
      location: this.#location,
      scheme: this.#scheme,
      authority: this.#authority,
      limits: this.#limits,
      findBody: this.#findBody,
      onEnd: () => this.#calls.delete(call),
    });
    this.#calls.add(call);
    if (this.#isClosed) call.cancel(closedError());
    else call.start();
    return call.response;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls) call.cancel(closedError());
    this.#connector.close();
    return Promise.resolve();
  }
}

function authorityOf(
  address: GrpcAddress,
  tls: Http2ClientTlsOptions | undefined,
): string {
  if (address.kind === "unix") return "localhost";
  const host = tls?.hostnameOverride ?? address.hostname;
  return `${isIP(host) === 6 ? `[${host}]` : host}:${address.port}`;
}
