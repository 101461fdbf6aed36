/** The part for predefined actions. */

import "../loaded_first.ts";

export * from "../../client/predefined_actions.ts";
