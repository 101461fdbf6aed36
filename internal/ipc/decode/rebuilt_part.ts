/** The part for arrays that do not stay as they came. */

import { Part } from "../../core/part.ts";

/**
 * Functions that make plain arrays: needed for the first column that is run-end encoded or of list views,
 * and for the first delta of a dictionary.
 */
export const rebuiltPart: Part<typeof import("./rebuilt_arrays.ts")> = new Part(
  "run-end encoded columns, list views and deltas of dictionaries",
);
