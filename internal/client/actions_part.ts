/** The part for predefined actions. */

import { Part } from "../core/part.ts";

/** The messages of predefined actions: needed for the first of these. */
export const actionsPart: Part<typeof import("./predefined_actions.ts")> =
  new Part("predefined actions");
