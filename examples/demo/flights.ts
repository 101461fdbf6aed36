/** The data set that the demo serves unless it is given another. */

import { fileURLToPath } from "node:url";
// Only so that Deno installs the package: what it exports are links to a copy
// of its data on the web.
import "vega-datasets";

/** 231,083 flights in the United States: delay, distance and time. */
export const FLIGHTS: string = fileURLToPath(
  new URL("../data/flights-200k.arrow", import.meta.resolve("vega-datasets")),
);
