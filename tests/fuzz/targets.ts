/** All that is fuzzed. */

import { flightDataTarget } from "./flight_data_target.ts";
import { framingTarget } from "./framing_target.ts";
import { hpackTarget } from "./hpack_target.ts";
import { http2ClientTarget } from "./http2_client_target.ts";
import { http2ServerTarget } from "./http2_server_target.ts";
import { ipcStreamTarget } from "./ipc_stream_target.ts";
import { ipcTarget } from "./ipc_target.ts";
import { metadataTarget } from "./metadata_target.ts";
import { protobufTarget } from "./protobuf_target.ts";
import type { Target } from "./target.ts";

/** A target, and its part of the inputs of a long run. */
export interface Share {
  readonly target: Target;
  /** In percent. */
  readonly percent: number;
}

/** The targets in their order. */
// deno-lint-ignore no-explicit-any
const list: readonly (readonly [target: Target<any>, percent: number])[] = [
  [ipcTarget, 18],
  [ipcStreamTarget, 6],
  [flightDataTarget, 6],
  [protobufTarget, 30],
  [hpackTarget, 16],
  [metadataTarget, 8],
  [framingTarget, 8],
  [http2ServerTarget, 4],
  [http2ClientTarget, 4],
];

/** The targets in their order. */
export const TARGETS: readonly Share[] = list.map(([target, percent]) => ({
  target,
  percent,
}));
