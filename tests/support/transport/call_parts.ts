/** Requests and responses of the tests of transports. */

import type { Source } from "../../../internal/base/source.ts";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import type {
  CallResponse,
  ClientRequest,
  OutgoingMessage,
  ServerRequest,
} from "../../../internal/seam/transport.ts";
import { TestSource, values } from "./test_source.ts";

/** A request as a handler gets it. */
export type { ServerRequest };
/** An answer as a handler gives it. */
export type ServerResponse = CallResponse<OutgoingMessage>;

/** An answer of these parts. */
export function answer(
  messages: Source<OutgoingMessage>,
  { headers = new FlightHeaders(), trailers = new FlightHeaders() }: {
    headers?: FlightHeaders | Promise<FlightHeaders>;
    trailers?: FlightHeaders;
  } = {},
): ServerResponse {
  return {
    headers: Promise.resolve(headers),
    messages,
    trailers: () => trailers,
  };
}

/** An answer that is only an error. */
export function failure(error: FlightError): ServerResponse {
  const headers = Promise.reject(error);
  headers.catch(() => {});
  return {
    headers,
    messages: { read: () => Promise.reject(error), cancel: () => {} },
    trailers: () => new FlightHeaders(),
  };
}

/** Sends every message back. */
export function echo(request: ServerRequest): ServerResponse {
  return answer(
    new TestSource(async () => {
      const bytes = await request.messages.read();
      return bytes && { byteLength: bytes.byteLength, chunks: [bytes] };
    }),
  );
}

/** A request of these parts. */
export function request(
  parts: Partial<ClientRequest> = {},
): ClientRequest {
  return {
    path: "/arrow.flight.protocol.FlightService/DoExchange",
    headers: new FlightHeaders(),
    messages: values(),
    signal: new AbortController().signal,
    deadline: undefined,
    ...parts,
  };
}

/** Returns the FlightError that `promise` rejects with. */
export async function flightError(
  promise: Promise<unknown>,
): Promise<FlightError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (FlightError.is(error)) return error;
    throw error;
  }
  throw new Error(`Expected a FlightError, not ${JSON.stringify(value)}`);
}
