/** The ten RPCs of `arrow.flight.protocol.FlightService` (Flight.proto). */

/** Name of an RPC as in the specification. */
export type FlightMethod =
  | "Handshake"
  | "ListFlights"
  | "GetFlightInfo"
  | "PollFlightInfo"
  | "GetSchema"
  | "DoGet"
  | "DoPut"
  | "DoExchange"
  | "DoAction"
  | "ListActions";

/** Full name of the gRPC service. */
export const FLIGHT_SERVICE_NAME = "arrow.flight.protocol.FlightService";

/** All ten names, in the order of Flight.proto. */
export const FLIGHT_METHODS: readonly FlightMethod[] = [
  "Handshake",
  "ListFlights",
  "GetFlightInfo",
  "PollFlightInfo",
  "GetSchema",
  "DoGet",
  "DoPut",
  "DoExchange",
  "DoAction",
  "ListActions",
];

/** The HTTP/2 path of an RPC, such as `/arrow.flight.protocol.FlightService/DoGet`. */
export function methodPath(method: FlightMethod): string {
  return `/${FLIGHT_SERVICE_NAME}/${method}`;
}

/** The RPC of an HTTP/2 path, or `undefined` where the path is not one of Flight's. */
export function methodOfPath(path: string): FlightMethod | undefined {
  const name = path.slice(FLIGHT_SERVICE_NAME.length + 2);
  return path === `/${FLIGHT_SERVICE_NAME}/${name}`
    ? FLIGHT_METHODS.find((method) => method === name)
    : undefined;
}
