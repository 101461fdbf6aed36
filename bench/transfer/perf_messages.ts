/**
 * The messages of perf.proto.
 *
 * @module
 */
import { encodeSchema } from "@contrail/flight";
import { field, optional } from "../../internal/message/fields.ts";
import { message, type MessageType } from "../../internal/message/message.ts";
import { bytes, int32, int64, string } from "../../internal/message/scalars.ts";
import { type DataKind, PERF_SCHEMA } from "./perf_data.ts";

/** Compression of buffers. */
export type Compression = "none" | "lz4" | "zstd";

/** The data of a transfer that is asked for. */
export interface PerfSize {
  readonly data: DataKind;
  readonly compression: Compression;
  readonly numStreams: number;
  readonly recordsPerStream: number;
  readonly recordsPerBatch: number;
}

interface Perf {
  readonly schema: Uint8Array;
  readonly streamCount: number;
  readonly recordsPerStream: bigint;
  readonly recordsPerBatch: number;
  readonly data: string;
  readonly compression: string;
}

const perf: MessageType<Perf> = message("arrow.flight.perf.Perf", {
  schema: field(1, bytes),
  streamCount: field(2, int32),
  recordsPerStream: field(3, int64),
  recordsPerBatch: field(4, int32),
  data: field(5, string),
  compression: field(6, string),
});

interface Token {
  readonly definition?: Perf | undefined;
  readonly start: bigint;
  readonly end: bigint;
}

const token: MessageType<Token> = message("arrow.flight.perf.Token", {
  definition: optional(1, perf),
  start: field(2, int64),
  end: field(3, int64),
});

/** Makes the command that requests a FlightInfo, or an exchange. */
export function perfCommand(size: PerfSize): Uint8Array {
  return perf.encode(toPerf(size));
}

/** Reads such a command. */
export function readCommand(command: Uint8Array): PerfSize {
  return fromPerf(perf.decode(command));
}

/** Makes the ticket of a stream; of the first one by default. */
export function perfTicket(size: PerfSize, stream = 0): Uint8Array {
  const rows = BigInt(size.recordsPerStream);
  const start = rows * BigInt(stream);
  return token.encode({ definition: toPerf(size), start, end: start + rows });
}

/** Reads such a ticket. */
export function readTicket(ticket: Uint8Array): PerfSize | undefined {
  const { definition } = token.decode(ticket);
  return definition && fromPerf(definition);
}

function toPerf(size: PerfSize): Perf {
  return {
    // That of C++'s own data; the server knows those of the other kinds.
    schema: encodeSchema(PERF_SCHEMA),
    streamCount: size.numStreams,
    recordsPerStream: BigInt(size.recordsPerStream),
    recordsPerBatch: size.recordsPerBatch,
    // The defaults are those of C++'s own programs, which know no others.
    data: size.data === "int64" ? "" : size.data,
    compression: size.compression === "none" ? "" : size.compression,
  };
}

function fromPerf(perf: Perf): PerfSize {
  return {
    data: (perf.data || "int64") as DataKind,
    compression: (perf.compression || "none") as Compression,
    numStreams: perf.streamCount,
    recordsPerStream: Number(perf.recordsPerStream),
    recordsPerBatch: perf.recordsPerBatch,
  };
}
