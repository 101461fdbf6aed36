/** The part for received data. */

import "../loaded_first.ts";

export { FlightDataDecoder } from "../../stream/flight_data_decoder.ts";
