/** The part for reading endpoints. */

import { Part } from "../core/part.ts";

/** The reader of endpoints: needed for the first read of a FlightInfo. */
export const readPart: Part<typeof import("./endpoint_reading.ts")> = new Part(
  "reading endpoints",
);
