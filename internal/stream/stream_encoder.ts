/** The code of the part for sent data. */

export { FlightDataEncoder, flightDataEncoder } from "./flight_data_encoder.ts";
