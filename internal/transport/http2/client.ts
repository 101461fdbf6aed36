/** The client's transport on HTTP/2. */

import {
  formatGrpcLocation,
  type GrpcAddress,
} from "../../protocol/location.ts";
import { hostPort } from "../host_port.ts";
import {
  type ClientTransportOptions,
  connectionsOf,
  connectTimeoutOf,
} from "../options.ts";
import { clientTls } from "../client_tls.ts";
import type {
  CallResponse,
  ClientRequest,
  ClientTransport,
  FindBody,
} from "../../seam/transport.ts";
import { OpenCalls } from "../open_calls.ts";
import { ClientCall } from "./client_call.ts";
import type { StreamSupply } from "./connector.ts";
import { streamSupply } from "./connectors.ts";
import { RequestHeaders } from "./request_headers.ts";
import { limitsOf, type TransportLimits } from "./options.ts";

/**
 * Makes a transport with one connection to a gRPC server, or several. It
 * connects with the first calls, and again after a connection was lost.
 *
 * @param address The address of the server.
 * @param options Limits, timeouts and TLS.
 * @param findBody Finds the part of a received message to align; none by
 * default.
 * @returns The transport; it does nothing before the first call.
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When options contradict each other.
 */
export function http2ClientTransport(
  address: GrpcAddress,
  options: ClientTransportOptions = {},
  findBody: FindBody = () => undefined,
): ClientTransport {
  return new Http2ClientTransport(address, options, findBody);
}

class Http2ClientTransport implements ClientTransport {
  readonly #location: string;
  readonly #headers: RequestHeaders;
  readonly #limits: TransportLimits;
  readonly #connector: StreamSupply;
  readonly #calls = new OpenCalls();

  constructor(
    address: GrpcAddress,
    options: ClientTransportOptions,
    findBody: FindBody,
  ) {
    this.#location = formatGrpcLocation(address);
    const connectTimeoutMs = connectTimeoutOf(options);
    this.#limits = limitsOf(options, connectTimeoutMs, findBody);
    const tls = clientTls(options.tls, address);
    this.#headers = new RequestHeaders(
      tls ? "https" : "http",
      authorityOf(address, options.tls?.hostnameOverride),
    );
    this.#connector = streamSupply(connectionsOf(options), {
      address,
      location: this.#location,
      tls,
      limits: this.#limits,
      connectTimeoutMs,
    });
  }

  get peer(): string {
    return this.#location;
  }

  call(request: ClientRequest): CallResponse<Uint8Array> {
    return this.#calls.start((onEnd) =>
      new ClientCall(request, {
        connector: this.#connector,
        location: this.#location,
        requestHeaders: this.#headers,
        limits: this.#limits,
        onEnd,
      })
    );
  }

  close(): Promise<void> {
    this.#calls.close();
    this.#connector.close();
    return Promise.resolve();
  }
}

function authorityOf(
  address: GrpcAddress,
  hostnameOverride: string | undefined,
): string {
  return address.kind === "unix"
    ? "localhost"
    : hostPort(hostnameOverride ?? address.hostname, address.port);
}
