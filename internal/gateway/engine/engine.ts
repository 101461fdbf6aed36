/** Interface of the engine behind a gateway: all that plain Flight SQL cannot say. */

import type { Schema } from "apache-arrow";
import type { FlightError } from "../../core/flight_error.ts";
import type { Location } from "../../protocol/location.ts";

/** Query of a gateway, as an engine is asked about it. */
export interface GatewayQuery {
  /** Identifier that the gateway gave to the query: a UUID. */
  readonly id: string;
  /** Replica that runs the query. */
  readonly replica: Location;
}

/** Place of a part of a result, as an engine finds it in a ticket. */
export interface GatewayPart {
  /** Server that holds the part. */
  readonly location: Location;
  /** Ticket by which that server gives the part. */
  readonly ticket: Uint8Array;
}

/**
 * Knowledge about an engine, by which a gateway does more than Flight SQL alone allows. Every member is optional: what is
 * missing is left to the backend's own Flight SQL.
 */
export interface GatewayEngine {
  /** Name of the engine, for errors and logs. */
  readonly name: string;
  /**
   * True if the engine cannot cancel a prepared statement, and gives it no parameters: the gateway then runs its text anew
   * each time. Default: false.
   */
  readonly runsPreparedText?: boolean | undefined;
  /**
   * Time for which the engine keeps a result that is complete, in milliseconds. It cannot be extended. Default: unknown.
   */
  readonly resultLifetimeMs?: number | undefined;
  /**
   * True if the schema that the engine announces may differ from that of the data: the gateway then asks for the schema of
   * the first part that it can locate. Default: false.
   */
  readonly announcesOtherSchema?: boolean | undefined;
  /**
   * Marks the text of a query, so that the engine's job can be found by it.
   *
   * @param sql The text of the client.
   * @param id The identifier of the query.
   * @param traceId The trace of the client, 32 hexadecimal digits, if the call belongs to one.
   * @returns The text for the engine.
   */
  tag?(sql: string, id: string, traceId: string | undefined): string;
  /**
   * Cancels the job of a query.
   *
   * @param query The query.
   * @param signal Ends the attempt.
   * @returns True if a running job was found and canceled.
   */
  cancel?(query: GatewayQuery, signal: AbortSignal): Promise<boolean>;
  /**
   * Finds the progress of the job of a query.
   *
   * @param query The query.
   * @param signal Ends the attempt.
   * @returns Progress from 0 to 1; `undefined` if it is not known.
   */
  progress?(
    query: GatewayQuery,
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /**
   * Finds the server that holds a part of a result. Bytes after that ticket must not disturb the server when they are a
   * protobuf field that it does not know: the gateway puts its signature there.
   *
   * @param ticket The ticket of the backend.
   * @returns The place; `undefined` if only the backend has the part.
   */
  locate?(ticket: Uint8Array): GatewayPart | undefined;
  /**
   * Corrects a schema that the backend announces to that of the data that it sends.
   *
   * @param schema The schema.
   * @returns The schema; `schema` itself if it is right.
   */
  correctSchema?(schema: Schema): Schema;
  /**
   * Reports whether an error means that the result of a query is lost, so that only the query itself can be run again.
   *
   * @param error The error of a DoGet.
   * @returns True if it does.
   */
  isLost?(error: FlightError): boolean;
}
