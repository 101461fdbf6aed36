/** The part for reading endpoints. */

import "../loaded_first.ts";

export * from "../../read/endpoint_reading.ts";
