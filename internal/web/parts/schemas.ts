/** The part for schemas on their own. */

import "../loaded_first.ts";

export * from "../../stream/announced_schema.ts";
