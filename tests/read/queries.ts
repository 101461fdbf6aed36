/** Services that answer PollFlightInfo, for the tests of `poll` and `read`. */

import {
  commandDescriptor,
  type FlightDescriptor,
  type FlightService,
} from "@contrail/flight";
import { aborted, event } from "../support/events.ts";
import { NUMBERS, numbers } from "../support/numbers.ts";
import { infoOf, textOf, ticketsTo } from "../support/endpoints.ts";

/** The query of all tests. */
export const QUERY = commandDescriptor("a query");

/** The text of a command. */
export function commandOf(descriptor: FlightDescriptor): string {
  return descriptor.type === "CMD"
    ? new TextDecoder().decode(descriptor.cmd)
    : "";
}

/** Answers with the endpoints up to the number in the descriptor; complete at `last`. */
export function stepsTo(
  last: number,
): FlightService & { readonly polls: string[] } {
  const polls: string[] = [];
  return {
    polls,
    pollFlightInfo(descriptor) {
      const command = commandOf(descriptor);
      polls.push(command);
      const step = command === "a query" ? 0 : Number(command);
      return {
        info: { ...infoOf(ticketsTo(step)), schema: NUMBERS },
        progress: step / last,
        descriptor: step === last
          ? undefined
          : commandDescriptor(String(step + 1)),
      };
    },
    doGet: (ticket) => numbers(Number(textOf(ticket))),
  };
}

/** Makes a service whose second poll lasts until it is canceled. */
export function stuckService(): FlightService & {
  readonly asked: Promise<void>;
  readonly ended: Promise<unknown>;
  readonly cancelled: string[];
} {
  const asked = event();
  const ended = event<unknown>();
  const cancelled: string[] = [];
  return {
    asked: asked.promise,
    ended: ended.promise,
    cancelled,
    async pollFlightInfo(descriptor, { signal }) {
      if (commandOf(descriptor) === "a query") {
        return { info: infoOf(["0"]), descriptor: commandDescriptor("1") };
      }
      asked.resolve();
      ended.resolve(await aborted(signal));
      return {};
    },
    cancelFlightInfo({ endpoints }) {
      cancelled.push(textOf(endpoints[0]!.ticket));
      return "CANCELLED";
    },
    doGet: (ticket) => numbers(Number(textOf(ticket))),
  };
}
