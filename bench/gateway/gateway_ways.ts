/**
 * The ways to data with a gateway, and what is measured of each.
 *
 * @module
 */
import type { QueryResult } from "../sql/sql_client.ts";

/** The backends. */
export type GatewayBackend = "this package" | "Ballista";

/** A way to the data: without a gateway, through it, or past it. */
export type Way = "no gateway" | "proxy" | "direct";

/** One run. */
export interface GatewayRound extends QueryResult {
  /** Processor time of the gateway, in seconds. */
  readonly gatewayCpu: number | undefined;
}

/** All runs of a client on a way. */
export interface GatewayMeasured {
  readonly backend: GatewayBackend;
  readonly client: string;
  readonly way: Way;
  /** Kind of the build of the engine; undefined without one. */
  readonly build?: string | undefined;
  /** Runtime of the gateway, or of the backend where there is none. */
  readonly runtime: string | undefined;
  /** By the number of the round; undefined where the run failed. */
  readonly rounds: (GatewayRound | undefined)[];
}
