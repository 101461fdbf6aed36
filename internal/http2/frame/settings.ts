/** SETTINGS: RFC 9113, section 6.5. */

import { writeUint32 } from "../../base/bytes.ts";
import {
  INITIAL_WINDOW_BYTES,
  MAX_31_BITS,
  MAX_MAX_FRAME_BYTES,
  MIN_MAX_FRAME_BYTES,
  readUint32,
} from "./frame.ts";
import { Http2Error } from "./http2_error.ts";

/** Settings of one side (section 6.5.2). */
export interface Settings {
  /** SETTINGS_HEADER_TABLE_SIZE. */
  readonly headerTableBytes: number;
  /** SETTINGS_ENABLE_PUSH. */
  readonly enablePush: boolean;
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  readonly maxConcurrentStreams: number;
  /** SETTINGS_INITIAL_WINDOW_SIZE. */
  readonly initialWindowBytes: number;
  /** SETTINGS_MAX_FRAME_SIZE. */
  readonly maxFrameBytes: number;
  /** SETTINGS_MAX_HEADER_LIST_SIZE. */
  readonly maxHeaderListBytes: number;
}

/** Settings before the first SETTINGS frame. */
export const INITIAL_SETTINGS: Settings = {
  headerTableBytes: 4096,
  enablePush: true,
  maxConcurrentStreams: Infinity,
  initialWindowBytes: INITIAL_WINDOW_BYTES,
  maxFrameBytes: MIN_MAX_FRAME_BYTES,
  maxHeaderListBytes: Infinity,
};

const IDS = {
  headerTableBytes: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowBytes: 4,
  maxFrameBytes: 5,
  maxHeaderListBytes: 6,
} as const;

const ENTRY_BYTES = 6;

/**
 * Encodes the payload of a SETTINGS frame.
 *
 * @param settings Those that differ from the initial ones.
 */
export function encodeSettings(settings: Partial<Settings>): Uint8Array {
  const entries = Object.entries(settings) as [keyof Settings, number][];
  const payload = new Uint8Array(entries.length * ENTRY_BYTES);
  entries.forEach(([name, value], index) => {
    payload[index * ENTRY_BYTES + 1] = IDS[name];
    writeUint32(payload, index * ENTRY_BYTES + 2, Number(value));
  });
  return payload;
}

/**
 * Applies the payload of a SETTINGS frame, whose length is a multiple of 6.
 *
 * @param settings The previous settings.
 * @param payload The changes; the last of several changes to one setting
 * applies.
 * @param fromServer True if a server sent it: it cannot allow push (8.4).
 * @returns The new settings.
 * @throws {Http2Error} When a value is out of its range.
 */
export function applySettings(
  settings: Settings,
  payload: Uint8Array,
  fromServer: boolean,
): Settings {
  const next: { -readonly [K in keyof Settings]: Settings[K] } = {
    ...settings,
  };
  for (let at = 0; at < payload.length; at += ENTRY_BYTES) {
    const value = readUint32(payload, at + 2);
    switch (payload[at]! << 8 | payload[at + 1]!) {
      case IDS.headerTableBytes:
        next.headerTableBytes = value;
        break;
      case IDS.enablePush:
        if (value > (fromServer ? 0 : 1)) {
          throw new Http2Error(
            "PROTOCOL_ERROR",
            `SETTINGS_ENABLE_PUSH is ${value}`,
          );
        }
        next.enablePush = value === 1;
        break;
      case IDS.maxConcurrentStreams:
        next.maxConcurrentStreams = value;
        break;
      case IDS.initialWindowBytes:
        if (value > MAX_31_BITS) {
          throw new Http2Error(
            "FLOW_CONTROL_ERROR",
            `SETTINGS_INITIAL_WINDOW_SIZE is ${value}`,
          );
        }
        next.initialWindowBytes = value;
        break;
      case IDS.maxFrameBytes:
        if (value < MIN_MAX_FRAME_BYTES || value > MAX_MAX_FRAME_BYTES) {
          throw new Http2Error(
            "PROTOCOL_ERROR",
            `SETTINGS_MAX_FRAME_SIZE is ${value}`,
          );
        }
        next.maxFrameBytes = value;
        break;
      case IDS.maxHeaderListBytes:
        next.maxHeaderListBytes = value;
        break;
    }
  }
  return next;
}
