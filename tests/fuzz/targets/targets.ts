/** All that is fuzzed. */

import { certificateTarget } from "./certificate_target.ts";
import { clientTarget } from "./client_target.ts";
import { flightDataTarget } from "./flight_data_target.ts";
import { framingTarget } from "./framing_target.ts";
import { hpackTarget } from "./hpack_target.ts";
import { http1Target } from "./http1_target.ts";
import { http2ClientTarget } from "./http2_client_target.ts";
import { http2ServerTarget } from "./http2_server_target.ts";
import { ipcStreamTarget } from "./ipc_stream_target.ts";
import { ipcTarget } from "./ipc_target.ts";
import { metadataTarget } from "./metadata_target.ts";
import { protobufTarget } from "./protobuf_target.ts";
import { serviceTarget } from "./service_target.ts";
import type { Target } from "./target.ts";
import { websocketTarget } from "./websocket_target.ts";

/** A target, and how many inputs it gets. Those that take longer get fewer. */
export interface Share {
  readonly target: Target;
  /** Its part of a long run, in percent. */
  readonly percent: number;
  /** The inputs that are run with the tests. */
  readonly tested: number;
}

type Row = readonly [
  // deno-lint-ignore no-explicit-any
  target: Target<any>,
  percent: number,
  tested: number,
];

const rows: readonly Row[] = [
  [ipcTarget, 8, 6000],
  [ipcStreamTarget, 2, 1500],
  [flightDataTarget, 2, 2000],
  [protobufTarget, 36, 15_000],
  [hpackTarget, 33, 12_000],
  [metadataTarget, 6, 5000],
  [framingTarget, 6, 5000],
  [http1Target, 1, 800],
  [websocketTarget, 1, 1500],
  [http2ServerTarget, 1, 1500],
  [http2ClientTarget, 1, 1500],
  [clientTarget, 1, 1500],
  [serviceTarget, 1, 1500],
  [certificateTarget, 1, 2000],
];

/** The targets in their order. */
export const TARGETS: readonly Share[] = rows.map((
  [target, percent, tested],
) => ({ target, percent, tested }));
