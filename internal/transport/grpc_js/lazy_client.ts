/** A client transport that is loaded with its first call. */

import { handled } from "../../base/handled.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import { closedError, loadError } from "../../grpc/call_errors.ts";
import { failedResponse } from "../../seam/failed_response.ts";
import type {
  CallResponse,
  ClientRequest,
  ClientTransport,
} from "../../seam/transport.ts";

/** Stands in for a transport that is not loaded yet. */
export class LazyClientTransport implements ClientTransport {
  readonly peer: string;
  readonly #load: () => Promise<ClientTransport>;
  #loading: Promise<ClientTransport> | undefined;
  #isClosed = false;

  /**
   * @param peer The address of the server.
   * @param load Called once, with the first call.
   */
  constructor(peer: string, load: () => Promise<ClientTransport>) {
    this.peer = peer;
    this.#load = load;
  }

  call(request: ClientRequest): CallResponse<Uint8Array> {
    if (this.#loading === undefined && this.#isClosed) {
      return failedCall(request, closedError());
    }
    this.#loading ??= this.#load();
    return laterCall(
      this.#loading.then(
        (transport) => transport.call(request),
        (cause) => failedCall(request, loadError("@grpc/grpc-js", cause)),
      ),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#loading?.then((transport) => transport.close(), () => {});
  }
}

/** Makes a call that begins when the transport is loaded. */
function laterCall(
  call: Promise<CallResponse<Uint8Array>>,
): CallResponse<Uint8Array> {
  let begun: CallResponse<Uint8Array> | undefined;
  handled(call.then((response) => begun = response));
  const headers = handled(call.then((response) => response.headers));
  return {
    headers,
    messages: {
      read: async () => await (begun ?? await call).messages.read(),
      cancel(reason) {
        if (begun) begun.messages.cancel(reason);
        else handled(call.then(({ messages }) => messages.cancel(reason)));
      },
    },
    trailers: () => begun?.trailers() ?? new FlightHeaders(),
  };
}

/** Makes a call that fails before it has begun. */
function failedCall(
  request: ClientRequest,
  error: Error,
): CallResponse<Uint8Array> {
  request.messages.cancel(error);
  return failedResponse(error);
}
