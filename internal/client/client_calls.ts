/** Everything that a client makes calls with. */

import { timeoutOption } from "../core/call_options.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { interceptorsOption } from "../interceptors/interceptor.ts";
import { checkReadOptions, writeSettings } from "../ipc/encode/ipc_settings.ts";
import type { ClientTransport } from "../seam/transport.ts";
import { CallStarter } from "./call_starter.ts";
import { DataCalls } from "./data_calls.ts";
import type { FlightClientOptions } from "./flight_client_options.ts";
import { interceptedTransport } from "./intercepted_transport.ts";
import { MessageCalls } from "./message_calls.ts";

/** The calls of one client, over one transport and by way of its interceptors. */
export class ClientCalls {
  /** Calls of any method, in bytes. */
  readonly starter: CallStarter;
  /** Calls without data streams. */
  readonly messages: MessageCalls;
  /** Calls with data streams. */
  readonly data: DataCalls;

  /**
   * Checks the options of the client.
   *
   * @throws {TypeError} When an option is of the wrong type.
   * @throws {RangeError} When an option is out of its range.
   */
  constructor(transport: ClientTransport, options: FlightClientOptions) {
    const interceptors = interceptorsOption(
      "interceptors",
      options.interceptors,
    );
    const carrier = interceptors.length === 0
      ? transport
      : interceptedTransport(transport, interceptors);
    this.starter = new CallStarter(carrier, {
      headers: new FlightHeaders(options.headers),
      timeoutMs: timeoutOption(options.timeoutMs),
    });
    this.messages = new MessageCalls(this.starter);
    this.data = new DataCalls(
      this.starter,
      checkReadOptions(options),
      writeSettings(options),
    );
  }
}
