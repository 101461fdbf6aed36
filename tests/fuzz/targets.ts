/** All that is fuzzed. */

import { clientTarget } from "./client_target.ts";
import { flightDataTarget } from "./flight_data_target.ts";
import { framingTarget } from "./framing_target.ts";
import { hpackTarget } from "./hpack_target.ts";
import { http2ClientTarget } from "./http2_client_target.ts";
import { http2ServerTarget } from "./http2_server_target.ts";
import { ipcStreamTarget } from "./ipc_stream_target.ts";
import { ipcTarget } from "./ipc_target.ts";
import { metadataTarget } from "./metadata_target.ts";
import { protobufTarget } from "./protobuf_target.ts";
import { serviceTarget } from "./service_target.ts";
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
  [ipcTarget, 12],
  [ipcStreamTarget, 3],
  [flightDataTarget, 4],
  [protobufTarget, 32],
  [hpackTarget, 22],
  [metadataTarget, 10],
  [framingTarget, 10],
  [http2ServerTarget, 3],
  [http2ClientTarget, 2],
  [clientTarget, 1],
  [serviceTarget, 1],
];

/** The targets in their order. */
export const TARGETS: readonly Share[] = list.map(([target, percent]) => ({
  target,
  percent,
}));
