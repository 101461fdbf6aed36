/** The code of the part for WebSockets: opens the socket of a call. */

import { quietly } from "../../../base/handled.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { ClientRequest } from "../../../seam/transport.ts";
import {
  SocketCall,
  type SocketCallInit,
} from "../../websocket/client_call.ts";
import { NORMAL_CLOSE } from "../../websocket/connection.ts";
import { SUBPROTOCOL } from "../../websocket/frames.ts";
import { StandardConnection } from "../../websocket/standard_socket.ts";
import { socketError } from "../errors.ts";
import type { WebSocketClass } from "../options.ts";

/**
 * Opens the socket of a call.
 *
 * @param request The call.
 * @param Class The platform's WebSocket.
 * @param signal Ends the attempt.
 * @param init Options of the call.
 * @returns The call.
 * @throws {FlightError} When the socket does not open.
 */
export async function openSocketCall(
  request: ClientRequest,
  Class: WebSocketClass,
  signal: AbortSignal,
  init: SocketCallInit,
): Promise<SocketCall> {
  const url = `${init.url.replace(/^http/, "ws")}${request.path}`;
  return new SocketCall(request, await connect(url, Class, signal), init);
}

async function connect(
  url: string,
  Class: WebSocketClass,
  signal: AbortSignal,
): Promise<StandardConnection> {
  signal.throwIfAborted();
  let connection: StandardConnection;
  try {
    connection = new StandardConnection(new Class(url, [SUBPROTOCOL]));
  } catch (error) {
    // A policy of the page forbids it, for one.
    throw socketError(url, String((error as Error).message), error);
  }
  const onAbort = (): void => connection.close(NORMAL_CLOSE, "");
  signal.addEventListener("abort", onAbort);
  const isOpen = await connection.opened();
  signal.removeEventListener("abort", onAbort);
  if (!isOpen) throw socketError(url, connection.end?.reason ?? "");
  if (connection.protocol !== SUBPROTOCOL) {
    quietly(() => connection.close(NORMAL_CLOSE, ""));
    throw new FlightError(
      "UNIMPLEMENTED",
      `${url} has opened a WebSocket without the subprotocol ${SUBPROTOCOL}`,
      { origin: "remote" },
    );
  }
  return connection;
}
