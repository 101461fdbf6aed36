/**
 * `poll_flight_info`: a query that is not complete at once.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { commandDescriptor } from "../../../mod.ts";
import { UINT32_NUMBERS } from "./numbers.ts";
import { type Scenario, text } from "./scenario.ts";

/** Validity of the descriptor of the query, in milliseconds. */
const VALID_MS = 10_000;

/** The scenario. */
export const POLL_FLIGHT_INFO: Scenario = {
  service: () => ({
    pollFlightInfo(descriptor) {
      const info = {
        schema: UINT32_NUMBERS,
        descriptor,
        endpoints: [{ ticket: "long-running query" }],
      };
      if (descriptor.type === "CMD" && text(descriptor.cmd) === "poll") {
        return { info, progress: 1 };
      }
      return {
        info,
        descriptor: commandDescriptor("poll"),
        progress: 0.1,
        expirationTime: new Date(Date.now() + VALID_MS),
      };
    },
  }),
  async run({ client }) {
    const first = await client.pollFlightInfo(commandDescriptor("heavy query"));
    assert(first.descriptor !== undefined, "there is no descriptor");
    assert(first.progress !== undefined, "the progress is unknown");
    assert(first.progress >= 0 && first.progress <= 1, `${first.progress}`);
    assert(first.expirationTime !== undefined, "it does not expire");
    const { descriptor, progress, expirationTime } = await client
      .pollFlightInfo(first.descriptor);
    assertEquals(
      { descriptor, progress, expirationTime },
      { descriptor: undefined, progress: 1, expirationTime: undefined },
    );
  },
};
