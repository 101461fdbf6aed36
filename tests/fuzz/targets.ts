/** All that is fuzzed. */

import { ipcTarget } from "./ipc_target.ts";
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
  [ipcTarget, 50],
  [protobufTarget, 50],
];

/** The targets in their order. */
export const TARGETS: readonly Share[] = list.map(([target, percent]) => ({
  target,
  percent,
}));
