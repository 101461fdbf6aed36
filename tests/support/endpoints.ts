/** FlightInfos with many endpoints, for the tests of `read`. */

import type {
  EndpointsStream,
  FlightEndpoint,
  FlightInfo,
  LocationInit,
  Ticket,
} from "@contrail/flight";
import { values } from "./numbers.ts";

/** An info of endpoints with the given tickets. */
export function infoOf(
  tickets: readonly string[],
  more: Partial<FlightInfo> = {},
): FlightInfo {
  return {
    endpoints: tickets.map((ticket) => endpointOf(ticket)),
    ordered: false,
    ...more,
  };
}

/** An endpoint. */
export function endpointOf(
  ticket: string,
  locations: readonly LocationInit[] = [],
  more: Partial<FlightEndpoint> = {},
): FlightEndpoint {
  return {
    ticket: { ticket: new TextEncoder().encode(ticket) },
    locations: locations.map((location) =>
      typeof location === "string" ? { uri: location } : location
    ),
    ...more,
  };
}

/** An info of one endpoint at the given locations. */
export function infoAt(
  ...locations: readonly LocationInit[]
): FlightInfo {
  return infoOf([], { endpoints: [endpointOf("t", locations)] });
}

/** The text of a ticket. */
export function textOf({ ticket }: Ticket): string {
  return new TextDecoder().decode(ticket);
}

/** So many tickets: "0", "1", … */
export function ticketsTo(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/** All numbers of a stream, in the order in which they came. */
export async function numbersOf(stream: EndpointsStream): Promise<number[]> {
  return (await Array.fromAsync(stream)).flatMap(values);
}
