/** Data that the service answers with, and checks of what it was sent. */

import {
  type FlightCallContext,
  type FlightDescriptor,
  FlightError,
  type FlightErrorCode,
  type FlightHeaders,
  type FlightInfoInit,
  type FlightMessage,
  type FlightMessageInit,
  type FlightStream,
} from "../../../mod.ts";
import type { RecordBatch, Schema } from "apache-arrow";
import { BIG_SCHEMA, bigBatch } from "../load/big_stream.ts";
import type { DataFiles } from "./data_files.ts";
import type { Events } from "./events.ts";

export const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(value: Uint8Array | undefined): string {
  return decoder.decode(value);
}

/** The error of a code, with its extra information. */
export function failure(
  [code, message, extra]: readonly string[],
): FlightError {
  return new FlightError(code as FlightErrorCode, message!, {
    extraInfo: extra ? bytes(extra) : undefined,
  });
}

/** Reads what the client sends, and tells how that ended. */
export async function untilEnd(
  stream: FlightStream,
  { signal }: FlightCallContext,
  onEnd: (how: string) => void,
): Promise<void> {
  try {
    for await (const _ of stream);
    onEnd("ended");
  } catch (error) {
    onEnd((signal.reason as FlightError | undefined)?.code ?? String(error));
    throw error;
  }
}

export function pathOf(
  descriptor: FlightDescriptor | undefined,
): readonly string[] {
  if (descriptor?.type !== "PATH") {
    throw new FlightError("INVALID_ARGUMENT", "the descriptor is not a path");
  }
  return descriptor.path;
}

/** An info with a value in each of its fields. */
export function fullInfo(
  descriptor: FlightDescriptor,
  files: DataFiles,
): FlightInfoInit {
  return {
    schema: files.read("metadata").schema,
    descriptor,
    endpoints: [
      {
        ticket: Uint8Array.of(0, ...bytes("ticket"), 255),
        locations: ["grpc://127.0.0.1:1", "grpc+tls://example.com:2"],
        expirationTime: new Date(1_700_000_000_123),
        appMetadata: bytes("\u0001endpoint"),
      },
      {
        ticket: "second",
        locations: ["arrow-flight-reuse-connection://?"],
      },
    ],
    totalRecords: 12n,
    totalBytes: 2n ** 53n + 1n,
    ordered: true,
    appMetadata: bytes("\u0002info"),
  };
}

export function* numbered(
  { schema, batches }: { schema: Schema; batches: RecordBatch[] },
): Generator<FlightMessageInit> {
  yield { schema };
  for (const [index, batch] of batches.entries()) {
    yield { batch, appMetadata: bytes(String(index)) };
  }
}

export function* big(
  count: number,
  onBatch: (count: number) => void,
): Generator<RecordBatch> {
  for (let index = 0; index < count; index++) {
    onBatch(index + 1);
    yield bigBatch(index);
  }
}

export function* endless(events: Events, name: string): Generator<RecordBatch> {
  try {
    for (let index = 0;; index++) yield bigBatch(index);
  } finally {
    events.set(name, "stopped");
  }
}

export function* failAfter(
  count: number,
  error: string[],
): Generator<RecordBatch> {
  for (let index = 0; index < count; index++) yield bigBatch(index);
  throw failure(error);
}

/** Metadata before, between and after the batches. */
export function* metadataOnly(): Generator<FlightMessageInit> {
  yield { schema: BIG_SCHEMA };
  yield { appMetadata: bytes("before") };
  yield { batch: bigBatch(0), appMetadata: bytes("with") };
  yield { appMetadata: bytes("between") };
  yield { batch: bigBatch(1) };
  yield { appMetadata: bytes("after") };
}

export async function* echo(
  input: FlightStream,
): AsyncGenerator<FlightMessageInit> {
  for await (const message of input.messages()) {
    const { batch, appMetadata }: FlightMessage = message;
    yield { batch, appMetadata };
  }
}

export async function* serverFirst(
  input: FlightStream,
): AsyncGenerator<FlightMessageInit> {
  yield { appMetadata: bytes("before the schema") };
  yield { batch: bigBatch(0) };
  let rows = 0;
  for await (const batch of input) rows += batch.numRows;
  yield { appMetadata: bytes(String(rows)) };
}

/** The upload must hold what the files do; pyarrow is told what differs. */
export function checkUpload(
  files: DataFiles,
  name: string,
  schema: Schema,
  batches: RecordBatch[],
): void {
  try {
    files.check(name, schema, batches);
  } catch (cause) {
    const { message } = cause as Error;
    throw new FlightError("INVALID_ARGUMENT", message.slice(0, 1000), {
      cause,
    });
  }
}

/** Sends back what was asked for in headers. */
export function answerHeaders(
  { headers, responseHeaders }: FlightCallContext,
): void {
  for (const value of headers.getAll("x-ask")) {
    responseHeaders.append("x-reply", value);
  }
  for (const value of headers.getAll("x-ask-bin")) {
    responseHeaders.append("x-reply-bin", value);
  }
}

export function headersText(headers: FlightHeaders): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    (result[name] ??= []).push(
      typeof value === "string" ? value : value.toHex(),
    );
  }
  return result;
}
