/**
 * Measures the codec by itself, without any transport, beside the IPC stream
 * writer and reader of apache-arrow. Prints a line of JSON.
 *
 *     deno run -A bench/codec/codec.ts
 *     bun bench/codec/codec.ts
 *
 * @module
 */
import process from "node:process";
import {
  type RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
} from "apache-arrow";
import type { FlightInfo } from "@contrail/flight";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import { writeSettings } from "../../internal/ipc/encode/ipc_settings.ts";
import { IpcEncoder } from "../../internal/ipc/encode/ipc_encoder.ts";
import type { IpcMessage } from "../../internal/ipc/encode/ipc_message.ts";
import {
  decodeFlightData,
  type EncodedFlightData,
  encodeFlightData,
} from "../../internal/protocol/flight_data.ts";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import { ticketCodec } from "../../internal/protocol/ticket.ts";
import { codecBatch, type Kind, KINDS } from "./codec_batches.ts";
import { Flags } from "../support/flags.ts";
import { median } from "../support/statistics.ts";
import { putCodecParts } from "../../internal/stream/codec_parts.ts";

// As a client and a server do.
putCodecParts();

/** Figures of one batch, all times in microseconds. */
export interface BatchFigures {
  readonly kind: Kind;
  readonly rows: number;
  readonly columns: number;
  /** Length of the FlightData message. */
  readonly bytes: number;
  /** RecordBatch to the chunks of a FlightData message. */
  readonly encodeUs: number;
  /** The same, and these chunks gathered into a fresh frame. */
  readonly frameUs: number;
  /** A FlightData message to a RecordBatch. */
  readonly decodeUs: number;
  /** The same for a body at an odd address, as grpc-js delivers it. */
  readonly unalignedUs: number;
  /** apache-arrow's stream writer, to one buffer. */
  readonly arrowEncodeUs: number;
  /** apache-arrow's stream reader. */
  readonly arrowDecodeUs: number;
}

/** Figures of one message, in microseconds. */
export interface MessageFigures {
  readonly name: string;
  readonly bytes: number;
  readonly encodeUs: number;
  readonly decodeUs: number;
}

/** Output of this program. */
export interface CodecFigures {
  readonly batches: BatchFigures[];
  readonly messages: MessageFigures[];
}

/** Samples of each figure, of which the median is taken. */
const SAMPLES = 7;
/** The prefix of a gRPC message. */
const GRPC_PREFIX_BYTES = 5;
/**
 * Number of batches in an apache-arrow stream, so that its schema does not
 * matter.
 */
const ARROW_BATCHES = 8;

const flags = new Flags(process.argv.slice(2), ["quick"]);
const sampleMs = flags.on("quick") ? 5 : 30;

/**
 * Measures `run`, in microseconds. Its result is kept, so that it cannot be
 * optimized away.
 */
function measure(run: () => unknown): number {
  let kept: unknown;
  let count = 0;
  const warm = performance.now() + sampleMs * 2;
  for (; performance.now() < warm; count++) kept = run();
  const perSample = Math.max(1, count >> 1);
  const samples = Array.from({ length: SAMPLES }, () => {
    const start = performance.now();
    for (let i = 0; i < perSample; i++) kept = run();
    return (performance.now() - start) * 1000 / perSample;
  });
  if (kept === undefined) throw new Error("nothing was measured");
  return median(samples);
}

function envelope({ header, body, bodyLength }: IpcMessage): EncodedFlightData {
  return encodeFlightData({ dataHeader: header, body, bodyLength });
}

/**
 * Makes a message as a transport delivers it, `shift` bytes off its alignment.
 */
function frame(
  { byteLength, chunks }: EncodedFlightData,
  shift = 0,
): Uint8Array {
  const start = GRPC_PREFIX_BYTES + shift;
  const bytes = new Uint8Array(start + byteLength);
  let offset = start;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes.subarray(start);
}

function measureBatch(
  kind: Kind,
  rows: number,
  columns: number,
): BatchFigures {
  const batch = codecBatch(kind, rows, columns);
  const encoder = new IpcEncoder(writeSettings({ maxBatchBytes: Infinity }));
  const decoder = new IpcDecoder();
  const decode = (message: Uint8Array) => {
    const { dataHeader, dataBody } = decodeFlightData(message);
    return decoder.decode(dataHeader, dataBody);
  };
  decode(frame(envelope(encoder.schema(batch.schema))));
  // Dictionaries are sent once: afterwards there is only the batch.
  const first = encoder.encode(batch);
  for (const message of first.messages) decode(frame(envelope(message)));
  first.commit();
  const encode = () => Array.from(encoder.encode(batch).messages, envelope)[0]!;
  const encoded = encode();
  const [aligned, unaligned] = [frame(encoded), frame(encoded, 1)];
  const stream = arrowStream(batch, ARROW_BATCHES);
  return {
    kind,
    rows,
    columns,
    bytes: encoded.byteLength,
    encodeUs: measure(encode),
    frameUs: measure(() => frame(encode())),
    decodeUs: measure(() => decode(aligned)),
    unalignedUs: measure(() => decode(unaligned)),
    arrowEncodeUs: measure(() => arrowStream(batch, ARROW_BATCHES)) /
      ARROW_BATCHES,
    arrowDecodeUs: measure(() => [...RecordBatchReader.from(stream)]) /
      ARROW_BATCHES,
  };
}

function arrowStream(batch: RecordBatch, count: number): Uint8Array {
  return RecordBatchStreamWriter.writeAll(Array(count).fill(batch))
    .toUint8Array(true);
}

function measureMessage<T>(
  name: string,
  message: T,
  encode: (message: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
): MessageFigures {
  const bytes = encode(message);
  return {
    name,
    bytes: bytes.byteLength,
    encodeUs: measure(() => encode(message)),
    decodeUs: measure(() => decode(bytes)),
  };
}

const info: FlightInfo = {
  schemaBytes: new Uint8Array(400),
  descriptor: { type: "PATH", path: ["warehouse", "orders"] },
  endpoints: Array.from({ length: 10 }, (_, index) => ({
    ticket: { ticket: new TextEncoder().encode(`orders/${index}`) },
    locations: [{ uri: "grpc://127.0.0.1:8815" }],
  })),
  totalRecords: 1_000_000n,
  totalBytes: undefined,
  ordered: false,
};
const figures: CodecFigures = {
  batches: KINDS.flatMap((kind) =>
    [8192, 65_536].flatMap((rows) =>
      [4, 8].map((columns) => measureBatch(kind, rows, columns))
    )
  ),
  messages: [
    measureMessage(
      "Ticket of 100 bytes",
      { ticket: new Uint8Array(100) },
      ticketCodec.encode,
      ticketCodec.decode,
    ),
    measureMessage(
      "FlightInfo of 10 endpoints",
      info,
      flightInfoCodec.encode,
      flightInfoCodec.decode,
    ),
  ],
};
console.log(JSON.stringify(figures));
