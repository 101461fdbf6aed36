/** The client's end, on grpc-js's channels. */

import type { GrpcAddress } from "../../protocol/location.ts";
import { hostPort } from "../host_port.ts";
import { USER_AGENT } from "../options.ts";
import type {
  CallResponse,
  ClientRequest,
  ClientTransport,
} from "../../seam/transport.ts";
import { OpenCalls } from "../open_calls.ts";
import { ClientCall } from "./client_call.ts";
import { Connection } from "./channel.ts";
import { mendSessions } from "./deno_sessions.ts";
import "./logging.ts";
import type { ClientSettings } from "./options.ts";
import { tlsConnector } from "./tls.ts";

/** See `grpcJsClientTransport` of client.ts. */
export class GrpcJsClientTransport implements ClientTransport {
  readonly #settings: ClientSettings;
  readonly #connection: Connection;
  readonly #calls = new OpenCalls();

  /**
   * @param settings The checked options.
   */
  constructor(settings: ClientSettings) {
    mendSessions();
    const { address, tls, connectTimeoutMs, channelOptions } = settings;
    this.#settings = settings;
    this.#connection = new Connection({
      target: targetOf(address),
      secure: tls && address.kind === "tcp"
        ? tlsConnector(tls, address)
        : undefined,
      channelOptions: {
        ...channelOptions,
        "grpc.primary_user_agent": USER_AGENT,
        "grpc.max_send_message_length": -1,
        // A connection of its own, not shared with other transports.
        "grpc.use_local_subchannel_pool": 1,
        // Retries keep sent messages, and with room to keep them, messages
        // count as sent too early.
        "grpc.enable_retries": 0,
        "grpc.retry_buffer_size": 0,
        "grpc.per_rpc_retry_buffer_size": 0,
        "grpc.service_config_disable_resolution": 1,
        "grpc.enable_channelz": 0,
        ...(isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {}),
      },
      connectTimeoutMs,
    });
  }

  get peer(): string {
    return this.#settings.location;
  }

  call(request: ClientRequest): CallResponse<Uint8Array> {
    return this.#calls.start((onEnd) =>
      new ClientCall(request, {
        connection: this.#connection,
        address: this.#settings.location,
        maxHeaderFields: this.#settings.maxHeaderFields,
        findBody: this.#settings.findBody,
        onEnd,
      })
    );
  }

  close(): Promise<void> {
    this.#calls.close();
    this.#connection.close();
    return Promise.resolve();
  }
}

/**
 * Detects a loopback address, as Go does: no proxy can lead to this machine.
 */
function isLoopback(address: GrpcAddress): boolean {
  return address.kind === "unix" ||
    /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(address.hostname);
}

/** Formats the address in gRPC's naming syntax (doc/naming.md). */
function targetOf(address: GrpcAddress): string {
  if (address.kind === "unix") {
    return address.path.startsWith("/")
      ? `unix://${address.path}`
      : `unix:${address.path}`;
  }
  return `dns:///${hostPort(address.hostname, address.port)}`;
}
