/** The part for schemas. */

import { Part } from "../core/part.ts";

/** The decoder of schemas on their own: needed for the first FlightInfo that a client receives. */
export const schemaPart: Part<typeof import("./announced_schema.ts")> =
  new Part("schemas");
