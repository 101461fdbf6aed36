/**
 * `app_metadata_flight_info_endpoint`: application bytes of an info and of its
 * endpoint.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { commandDescriptor, FlightError } from "../../../mod.ts";
import { UINT32_NUMBERS } from "./numbers.ts";
import { type Scenario, text } from "./scenario.ts";

/** The scenario. */
export const APP_METADATA: Scenario = {
  service: () => ({
    getFlightInfo(descriptor) {
      if (descriptor.type !== "CMD") {
        throw new FlightError("INVALID_ARGUMENT", "it is not a command");
      }
      return {
        schema: UINT32_NUMBERS,
        descriptor,
        endpoints: [{ ticket: "", appMetadata: descriptor.cmd }],
        appMetadata: descriptor.cmd,
      };
    },
  }),
  async run({ client }) {
    const info = await client.getFlightInfo(commandDescriptor("foobar"));
    assertEquals(text(info.appMetadata), "foobar");
    assertEquals(
      info.endpoints.map(({ appMetadata }) => text(appMetadata)),
      ["foobar"],
    );
  },
};
