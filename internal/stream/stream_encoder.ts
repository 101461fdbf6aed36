/** The code of the part for sent data. */

export { FlightDataEncoder } from "./flight_data_encoder.ts";
