/**
 * All results of a run.
 *
 * @module
 */
import type { CodecFigures } from "../codec/codec.ts";
import type { GatewayMeasured } from "../gateway/gateway_ways.ts";
import type { ScalePoint } from "../scale/scale_points.ts";
import type { SlowPair } from "../slow/slow_readings.ts";
import type { SqlFindings } from "../sql/sql_rounds.ts";
import type { WebFigures } from "../web/web_rounds.ts";
import type { Cell } from "./cell.ts";

/** All results of a run; parts that were left out are empty. */
export interface Findings {
  /** Date, versions and machine, in a sentence. */
  readonly setting: string;
  readonly cells: readonly Cell[];
  readonly scale: readonly ScalePoint[];
  readonly gateway: readonly GatewayMeasured[];
  readonly slow: readonly SlowPair[];
  /** By runtime. */
  readonly codec: Readonly<Record<string, CodecFigures>>;
  readonly sql: SqlFindings | undefined;
  /** By runtime. */
  readonly web: readonly WebFigures[];
}
