/** What a peer may do on a connection. */

import type { FlowLimits } from "./flow_control.ts";
import type { FrameHandlerLimits } from "./frame_handler.ts";

/** Limits of a connection. */
export interface ConnectionLimits extends FrameHandlerLimits, FlowLimits {
  /** How many streams a client may have open on this server. */
  readonly maxConcurrentStreams: number;
  /** How long the peer may take to acknowledge our SETTINGS, in milliseconds. */
  readonly settingsTimeoutMs: number;
}
