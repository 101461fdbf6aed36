/**
 * `expiration_time:…`: endpoints that expire, can be canceled and renewed. One
 * service, and a client for each of the four scenarios.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  commandDescriptor,
  FlightError,
  type FlightService,
  PREDEFINED_ACTIONS,
  type Ticket,
} from "../../../mod.ts";
import { numberBatch, numbersOf, UINT32_NUMBERS } from "./numbers.ts";
import { type Scenario, type ScenarioClient, text } from "./scenario.ts";

/** State of an endpoint on the server. */
interface EndpointState {
  expirationTime: Date | undefined;
  wasRead: boolean;
  isCancelled: boolean;
}

/** The endpoints, and for how long they are valid. */
const ENDPOINTS: readonly (readonly [title: string, seconds?: number])[] = [
  ["No expiration time"],
  ["5 seconds", 5],
  ["6 seconds", 6],
];

const RENEWED_SECONDS = 10;

function service(): FlightService {
  let states: EndpointState[] = [];

  function find(ticket: Ticket): EndpointState {
    const state = states[indexOf(ticket)];
    if (state) return state;
    throw new FlightError("NOT_FOUND", `no ticket ${text(ticket.ticket)}`);
  }

  return {
    getFlightInfo(descriptor) {
      states = ENDPOINTS.map(([, seconds]) => ({
        expirationTime: seconds === undefined ? undefined : secondsOn(seconds),
        wasRead: false,
        isCancelled: false,
      }));
      return {
        schema: UINT32_NUMBERS,
        descriptor,
        endpoints: ENDPOINTS.map(([title], index) => ({
          ticket: `${index}: ${title}`,
          expirationTime: states[index]!.expirationTime,
        })),
      };
    },
    doGet(ticket) {
      const state = find(ticket);
      const { isCancelled, expirationTime, wasRead } = state;
      const problem = isCancelled
        ? "cancelled"
        : expirationTime === undefined
        ? wasRead && "read already"
        : expirationTime.getTime() < Date.now() && "expired";
      if (problem) throw new FlightError("NOT_FOUND", problem);
      state.wasRead = true;
      return [numberBatch(UINT32_NUMBERS, [indexOf(ticket)])];
    },
    listActions: () => [
      PREDEFINED_ACTIONS.cancelFlightInfo,
      PREDEFINED_ACTIONS.renewFlightEndpoint,
    ],
    cancelFlightInfo(info) {
      const found = info.endpoints.map(({ ticket }) => states[indexOf(ticket)]);
      const all = found.every((state) => state && !state.isCancelled);
      for (const state of found) if (state) state.isCancelled = true;
      return all ? "CANCELLED" : "NOT_CANCELLABLE";
    },
    renewFlightEndpoint(endpoint) {
      const state = find(endpoint.ticket);
      if (state.isCancelled) {
        throw new FlightError("INVALID_ARGUMENT", "it was cancelled");
      }
      state.expirationTime = secondsOn(RENEWED_SECONDS);
      return {
        ...endpoint,
        ticket: `${text(endpoint.ticket.ticket)}: renewed (+ 10 seconds)`,
        expirationTime: state.expirationTime,
      };
    },
  };
}

/** The number before the colon of a ticket. */
function indexOf({ ticket }: Ticket): number {
  return parseInt(text(ticket)!);
}

function secondsOn(seconds: number): Date {
  return new Date(Date.now() + 1000 * seconds);
}

async function get({ client }: ScenarioClient): Promise<void> {
  const { endpoints } = await client.getFlightInfo(
    commandDescriptor("expiration_time"),
  );
  assertEquals(
    endpoints.map(({ expirationTime }) => expirationTime !== undefined),
    [false, true, true],
  );
  const numbers: unknown[] = [];
  for (const { ticket } of endpoints) {
    for await (const batch of client.doGet(ticket)) {
      numbers.push(...numbersOf(batch));
    }
  }
  assertEquals(numbers, [0, 1, 2]);
}

async function listActions({ client }: ScenarioClient): Promise<void> {
  const actions: string[] = [];
  for await (const { type } of client.listActions()) actions.push(type);
  assertEquals(actions.sort(), ["CancelFlightInfo", "RenewFlightEndpoint"]);
}

async function cancel({ client }: ScenarioClient): Promise<void> {
  const info = await client.getFlightInfo(commandDescriptor("expiration"));
  assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
  for (const { ticket } of info.endpoints) {
    const reader = client.doGet(ticket).getReader();
    const error = await assertRejects(() => reader.read());
    assert(FlightError.is(error) && error.origin === "remote", String(error));
  }
}

async function renew({ client }: ScenarioClient): Promise<void> {
  const { endpoints } = await client.getFlightInfo(
    commandDescriptor("expiration"),
  );
  const expiring = endpoints.filter((endpoint) => endpoint.expirationTime);
  assertEquals(expiring.length, 2);
  for (const endpoint of expiring) {
    const { expirationTime } = await client.renewFlightEndpoint(endpoint);
    assert(expirationTime! > endpoint.expirationTime!, `${expirationTime}`);
  }
}

/** The scenarios by what follows the colon of their names. */
export const EXPIRATION_TIME = {
  do_get: { service, run: get },
  list_actions: { service, run: listActions },
  cancel_flight_info: { service, run: cancel },
  renew_flight_endpoint: { service, run: renew },
} satisfies Record<string, Scenario>;
