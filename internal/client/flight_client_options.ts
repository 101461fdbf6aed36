/** Options of the methods of a client, and its Handshake. */

import type { Schema, TypeMap } from "apache-arrow";
import type { FlightCallOptions } from "../core/call_options.ts";
import type {
  FlightHeaders,
  FlightHeadersInit,
} from "../core/flight_headers.ts";
import type {
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
import type { IpcReadOptions, IpcWriteOptions } from "../core/ipc_options.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type { FlightInterceptor } from "../interceptors/interceptor.ts";
import type { LocationOptions } from "../read/location_options.ts";

/** Options of a client that hold on every transport; those of writing are defaults of its calls. */
export interface FlightClientOptions
  extends LocationOptions, IpcReadOptions, IpcWriteOptions {
  /** Headers to send with every call; none by default. */
  readonly headers?: FlightHeadersInit | undefined;
  /** Timeout of every call that names none, in milliseconds, more than 0; no bound by default. */
  readonly timeoutMs?: number | undefined;
  /** Interceptors around every call, the outermost first. Default: none. */
  readonly interceptors?: readonly FlightInterceptor[] | undefined;
}

/** Options of DoGet. */
export interface FlightGetOptions<T extends TypeMap = AnyColumns>
  extends FlightCallOptions {
  /**
   * The schema that the data must have: it gives the stream its types, and one of other names or types
   * fails the stream with INTERNAL before any batch. Metadata and nullability are not compared. Default:
   * any schema.
   */
  readonly schema?: Schema<T> | undefined;
}

/** Options of the calls that send a data stream. */
export interface FlightWriteOptions<T extends TypeMap = AnyColumns>
  extends FlightCallOptions, IpcWriteOptions {
  /**
   * The schema of what will be written. It is sent at once; by default the schema of the first batch
   * is sent with that batch, and an upload without any batch has none.
   */
  readonly schema?: Schema<T> | undefined;
  // A Table has a `schema`, as options may: these keep the compiler from taking data for options.
  /** @ignore */
  readonly [Symbol.iterator]?: undefined;
  /** @ignore */
  readonly [Symbol.asyncIterator]?: undefined;
  /** @ignore */
  readonly batch?: undefined;
  /** @ignore */
  readonly appMetadata?: undefined;
}

/** Options of an upload whose data is given at once. */
export interface FlightPutOptions<T extends TypeMap = AnyColumns>
  extends FlightWriteOptions<T> {
  /**
   * Lets the service complete the call with OK before it has read everything, for protocols in
   * which it stops when it has enough. The rest is then dropped, the source of the data is
   * canceled, and `isPartial` of the upload is true. Default: false, which rejects.
   */
  readonly allowPartial?: boolean | undefined;
}

/** A handshake under way: requests go in, responses come out. */
export interface FlightHandshake {
  /** Requests of the client; closing it is the half-close. */
  readonly writable: WritableStream<HandshakeRequest>;
  /** Answers of the server; it ends when the handshake has succeeded. */
  readonly readable: ReadableStream<HandshakeResponse>;
  /** Headers of the server, as soon as they arrive. */
  readonly headers: Promise<FlightHeaders>;
}
