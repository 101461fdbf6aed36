/**
 * Shared by the clients of gRPC-Web.
 *
 * @module
 */

/** The cases of a client by name. */
export type WebCases = Readonly<Record<string, () => Promise<void>>>;

/** The full name of the service. */
export const SERVICE = "arrow.flight.protocol.FlightService";
