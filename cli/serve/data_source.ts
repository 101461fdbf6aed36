/** Data sets that `flight serve` offers over plain Flight. */

import type { FlightDataInit, FlightStream } from "@contrail/flight/server";
import type { Schema } from "apache-arrow";

/** A table or a file. */
export interface DataSet {
  /** Its name, which is its path. */
  readonly name: string;
  /** Its columns; `undefined` where they cannot be told. */
  readonly schema: Schema | undefined;
  /** Size in bytes, where it is known. */
  readonly totalBytes?: number | undefined;
}

/** Several data sets that come from one place. */
export interface DataSource {
  /** All of them. */
  list(signal: AbortSignal): AsyncIterable<DataSet>;
  /** One of them; `undefined` where there is none of this name. */
  find(name: string, signal: AbortSignal): Promise<DataSet | undefined>;
  /** The rows of one of them; `undefined` where there is none of this name. */
  read(name: string, signal: AbortSignal): Promise<FlightDataInit | undefined>;
  /** Takes an upload. */
  put?(name: string, upload: FlightStream, signal: AbortSignal): Promise<void>;
}
