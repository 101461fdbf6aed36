/** CancelFlightInfo, CancelQuery and RenewFlightEndpoint. */

import { FlightError } from "../../core/flight_error.ts";
import type { CancelStatus } from "../../protocol/cancel_flight_info.ts";
import type {
  FlightEndpoint,
  FlightEndpointInit,
} from "../../protocol/flight_endpoint.ts";
import type { FlightInfo } from "../../protocol/flight_info.ts";
import type { Awaitable } from "../../server/flight_service.ts";
import type { SqlCall } from "./call.ts";
import {
  findCommand,
  type SqlState,
  unknownCommand,
} from "./commands/command.ts";
import { COMMANDS } from "./commands/commands.ts";

/**
 * Ends the query of a FlightInfo, whether its rows are being read or not.
 *
 * @param otherwise Answers what is not of Flight SQL.
 * @returns What became of it; metadata have nothing that could be canceled.
 * @throws {FlightError} NOT_FOUND when it is not there, or no more.
 */
export async function cancelInfo(
  { endpoints, descriptor }: FlightInfo,
  state: SqlState,
  call: SqlCall,
  otherwise?: () => Awaitable<CancelStatus>,
): Promise<CancelStatus> {
  const reason = new FlightError("CANCELLED", "the query was canceled");
  // A query that was polled and has no rows yet has only a descriptor.
  const tickets = endpoints.length > 0
    ? endpoints.map(({ ticket }) => ticket.ticket)
    : [descriptor?.type === "CMD" ? descriptor.cmd : undefined];
  let isCanceled = false;
  for (const ticket of tickets) {
    const found = findCommand(COMMANDS, ticket, state, call);
    if (found === undefined) {
      if (otherwise && !isCanceled) return await otherwise();
      throw unknownCommand(ticket);
    }
    if (!found.entry.cancel) continue;
    await found.entry.cancel(found.request, reason);
    isCanceled = true;
  }
  return isCanceled ? "CANCELLED" : "NOT_CANCELLABLE";
}

/**
 * Puts off the end of a result.
 *
 * @param otherwise Answers what is not of Flight SQL.
 * @throws {FlightError} NOT_FOUND when it is not there, or no more.
 */
export async function renewEndpoint(
  endpoint: FlightEndpoint,
  state: SqlState,
  call: SqlCall,
  otherwise?: () => Awaitable<FlightEndpointInit>,
): Promise<FlightEndpointInit> {
  const { ticket } = endpoint.ticket;
  const found = findCommand(COMMANDS, ticket, state, call);
  if (found === undefined) {
    if (otherwise) return await otherwise();
    throw unknownCommand(ticket);
  }
  await found.entry.touch?.(found.request);
  return endpoint;
}
