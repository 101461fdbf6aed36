/** The client's transport on `@grpc/grpc-js`. */

import { formatGrpcLocation, type GrpcAddress } from "../../core/location.ts";
import { hostPort } from "../addresses.ts";
import { closedError } from "../call_errors.ts";
import {
  type ClientTransportOptions,
  connectTimeoutOf,
  USER_AGENT,
} from "../options.ts";
import { clientTls } from "../tls_options.ts";
import type {
  CallRequest,
  CallResponse,
  ClientTransport,
  FindBody,
  OutgoingMessage,
} from "../transport.ts";
import { ClientCall } from "./client_call.ts";
import { Connection } from "./connection.ts";
import { mendSessions } from "./deno_sessions.ts";
import "./logging.ts";
import { keepaliveOf, limitsOf } from "./options.ts";
import { tlsConnector } from "./tls.ts";

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
export function grpcJsClientTransport(
  address: GrpcAddress,
  options: ClientTransportOptions = {},
  findBody: FindBody = () => undefined,
): ClientTransport {
  mendSessions();
  return new GrpcJsClientTransport(address, options, findBody);
}

class GrpcJsClientTransport implements ClientTransport {
  readonly #address: string;
  readonly #connectTimeoutMs: number;
  readonly #connection: Connection;
  readonly #findBody: FindBody;
  readonly #calls = new Set<ClientCall>();
  #isClosed = false;

  constructor(
    address: GrpcAddress,
    options: ClientTransportOptions,
    findBody: FindBody,
  ) {
    this.#findBody = findBody;
    this.#address = formatGrpcLocation(address);
    const limits = limitsOf(options);
    this.#connectTimeoutMs = connectTimeoutOf(options);
    const tls = clientTls(options.tls, address);
    this.#connection = new Connection({
      target: targetOf(address),
      secure: tls && tlsConnector(tls),
      channelOptions: {
        ...keepaliveOf(options),
        "grpc.primary_user_agent": USER_AGENT,
        "grpc.max_send_message_length": -1,
        "grpc.max_receive_message_length": limits.maxReceiveMessageBytes,
        "grpc-node.flow_control_window": limits.flowControlWindowBytes,
        // A connection of its own, not one shared with other transports.
        "grpc.use_local_subchannel_pool": 1,
        // Retries keep what was sent, and with room to keep it, messages count
        // as sent before they are.
        "grpc.enable_retries": 0,
        "grpc.retry_buffer_size": 0,
        "grpc.per_rpc_retry_buffer_size": 0,
        "grpc.service_config_disable_resolution": 1,
        "grpc.enable_channelz": 0,
        ...(isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {}),
      },
      connectTimeoutMs: this.#connectTimeoutMs,
    });
  }

  call(request: CallRequest<OutgoingMessage>): CallResponse<Uint8Array> {
    const call: ClientCall = new ClientCall(request, {
      connection: this.#connection,
      address: this.#address,
      connectTimeoutMs: this.#connectTimeoutMs,
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
    this.#connection.close();
    return Promise.resolve();
  }
}

/** As Go: no proxy can lead to this machine. */
function isLoopback(address: GrpcAddress): boolean {
  return address.kind === "unix" ||
    /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(address.hostname);
}

/** The address in gRPC's naming syntax (doc/naming.md). */
function targetOf(address: GrpcAddress): string {
  if (address.kind === "unix") {
    return address.path.startsWith("/")
      ? `unix://${address.path}`
      : `unix:${address.path}`;
  }
  return `dns:///${hostPort(address.hostname, address.port)}`;
}
