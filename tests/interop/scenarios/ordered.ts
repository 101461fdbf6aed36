/**
 * `ordered`: the endpoints are in the order of the data.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { commandDescriptor, FlightError } from "../../../mod.ts";
import { INT32_NUMBERS, numberBatch, numbersOf } from "./numbers.ts";
import { type Scenario, text } from "./scenario.ts";

/** Numbers of the tickets, in their order. */
const NUMBERS = new Map([
  ["1", [1, 2, 3]],
  ["2", [10, 20, 30]],
  ["3", [100, 200, 300]],
]);

/** The scenario. */
export const ORDERED: Scenario = {
  service: () => ({
    getFlightInfo(descriptor) {
      const ordered = descriptor.type === "CMD" &&
        text(descriptor.cmd) === "ordered";
      const tickets = ordered ? ["1", "2", "3"] : ["1", "3", "2"];
      return {
        schema: INT32_NUMBERS,
        descriptor,
        endpoints: tickets.map((ticket) => ({ ticket })),
        ordered,
      };
    },
    doGet({ ticket }) {
      const numbers = NUMBERS.get(text(ticket)!);
      if (numbers === undefined) {
        throw new FlightError("NOT_FOUND", `no ticket ${text(ticket)}`);
      }
      return [numberBatch(INT32_NUMBERS, numbers)];
    },
  }),
  async run({ client }) {
    const info = await client.getFlightInfo(commandDescriptor("ordered"));
    assert(info.ordered, "the endpoints are not ordered");
    const numbers: unknown[] = [];
    for (const { ticket, locations } of info.endpoints) {
      assertEquals(locations, []);
      for await (const batch of client.doGet(ticket)) {
        numbers.push(...numbersOf(batch));
      }
    }
    assertEquals(numbers, [...NUMBERS.values()].flat());
  },
};
