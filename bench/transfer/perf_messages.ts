/**
 * The messages of perf.proto.
 *
 * @module
 */
import { field, optional } from "../../internal/message/fields.ts";
import { message, type MessageType } from "../../internal/message/message.ts";
import { bytes, int32, int64 } from "../../internal/message/scalars.ts";

/** Says which data are asked for. */
export interface Perf {
  readonly schema: Uint8Array;
  readonly streamCount: number;
  readonly recordsPerStream: bigint;
  readonly recordsPerBatch: number;
}

/** The codec of Perf. */
export const perf: MessageType<Perf> = message("arrow.flight.perf.Perf", {
  schema: field(1, bytes),
  streamCount: field(2, int32),
  recordsPerStream: field(3, int64),
  recordsPerBatch: field(4, int32),
});

/** A ticket: some of these data. */
export interface Token {
  readonly definition?: Perf | undefined;
  readonly start: bigint;
  readonly end: bigint;
}

/** The codec of Token. */
export const token: MessageType<Token> = message("arrow.flight.perf.Token", {
  definition: optional(1, perf),
  start: field(2, int64),
  end: field(3, int64),
});
