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

/** RPCs with one request; the others have a stream of requests. */
export const ONE_REQUEST_METHODS: readonly FlightMethod[] = [
  "ListFlights",
  "GetFlightInfo",
  "PollFlightInfo",
  "GetSchema",
  "DoGet",
  "DoAction",
  "ListActions",
];

/** Paths of the methods of Flight: HPACK finds the same text again in less time than an equal one. */
const FLIGHT_PATHS: ReadonlyMap<string, string> = new Map(
  FLIGHT_METHODS.map((name) => [name, `/${FLIGHT_SERVICE_NAME}/${name}`]),
);

/**
 * The HTTP/2 path of a method: of an RPC of Flight, such as `DoGet`, or of another service, such as
 * `grpc.health.v1.Health/Check`.
 */
export function methodPath(method: string): string {
  return FLIGHT_PATHS.get(method) ??
    (method.includes("/") ? `/${method}` : `/${FLIGHT_SERVICE_NAME}/${method}`);
}

/** Returns the method of an HTTP/2 path: the inverse of {@linkcode methodPath}. */
export function methodOfPath(path: string): string {
  const flight = `/${FLIGHT_SERVICE_NAME}/`;
  return path.slice(path.startsWith(flight) ? flight.length : 1);
}
