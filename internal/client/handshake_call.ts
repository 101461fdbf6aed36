/** The client's end of Handshake. */

import { mapSource } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { WritableSource } from "../base/writable_source.ts";
import {
  checkCallOptions,
  type FlightCallOptions,
} from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import type { HandshakeRequest } from "../protocol/handshake.ts";
import { writeTimer } from "../read/idle_timeouts.ts";
import { singleMessage } from "../seam/single_message.ts";
import type { CallResponse } from "../seam/transport.ts";
import {
  handshakeRequestCodec,
  handshakeResponseCodec,
} from "../protocol/handshake.ts";
import { type CallStarter, decodedMessages } from "./call_starter.ts";
import type { FlightHandshake } from "./flight_client_options.ts";

/** Starts a handshake. */
export function handshakeCall(
  calls: CallStarter,
  options: FlightCallOptions,
): FlightHandshake {
  checkCallOptions(options);
  let refusal: FlightError | undefined;
  const source = new WritableSource<HandshakeRequest, Uint8Array>({
    transform: (request) => [handshakeRequestCodec.encode(request)],
    refusal: () => refusal ??= completedEarly(),
    timer: writeTimer(
      "Handshake",
      options,
      (error) => response.messages.cancel(error),
    ),
  });
  const response: CallResponse<Uint8Array> = calls.start(
    "Handshake",
    mapSource(source, singleMessage),
    options,
  );
  return {
    writable: source.writable,
    readable: streamOf(
      decodedMessages("Handshake", response, handshakeResponseCodec.decode),
    ),
    headers: response.headers,
  };
}

function completedEarly(): FlightError {
  return new FlightError(
    "CANCELLED",
    "the server completed the call before this write",
    { method: "Handshake", origin: "remote" },
  );
}
