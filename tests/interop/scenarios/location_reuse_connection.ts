/**
 * `location:reuse_connection`: the location that stands for the connection in
 * use.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Schema } from "apache-arrow";
import { commandDescriptor, REUSE_CONNECTION } from "../../../mod.ts";
import type { Scenario } from "./scenario.ts";

/** The scenario. */
export const LOCATION_REUSE_CONNECTION: Scenario = {
  service: () => ({
    getFlightInfo: (descriptor) => ({
      schema: new Schema([]),
      descriptor,
      endpoints: [{ ticket: "reuse", locations: [REUSE_CONNECTION] }],
    }),
  }),
  async run({ client }) {
    const { endpoints } = await client.getFlightInfo(
      commandDescriptor("reuse"),
    );
    assertEquals(endpoints.map(({ locations }) => locations), [[
      { uri: "arrow-flight-reuse-connection://?" },
    ]]);
  },
};
