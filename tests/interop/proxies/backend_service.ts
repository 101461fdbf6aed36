/**
 * A service for programs between a client and a server: all ten methods, streams of
 * 1 MiB batches as long as they are asked for, and an action that tells which
 * process to kill.
 *
 * @module
 */
import process from "node:process";
import {
  type FlightDescriptor,
  type FlightService,
  pathDescriptor,
} from "../../../mod.ts";
import { decodeBasicAuth, encodeBasicAuth } from "../../../auth.ts";
import { BIG_SCHEMA, bigBatch, checkBigBatch } from "../load/big_stream.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** So many batches, or without end: slowly enough that most are still to come. */
async function* batches(count: string) {
  for (let index = 0; count === "endless" || index < Number(count); index++) {
    yield bigBatch(index);
    if (count === "endless") await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

const info = (descriptor: FlightDescriptor) => ({
  schema: BIG_SCHEMA,
  descriptor,
  endpoints: [{ ticket: "2" }],
});

/** The service. */
export const BACKEND_SERVICE: FlightService = {
  async *handshake(requests) {
    for await (const { payload } of requests) {
      yield { payload: encodeBasicAuth(decodeBasicAuth(payload!)) };
    }
  },
  async *listFlights({ expression }) {
    const isEndless = decoder.decode(expression) === "endless";
    for (let i = 0; isEndless || i < 3; i++) {
      yield info(pathDescriptor(String(i)));
      if (isEndless) await pause();
    }
  },
  getFlightInfo: (descriptor) => info(descriptor),
  pollFlightInfo: (descriptor) => ({ info: info(descriptor), progress: 1 }),
  getSchema: () => BIG_SCHEMA,
  doGet: ({ ticket }) => batches(decoder.decode(ticket)),
  async *doPut(upload) {
    let index = 0;
    for await (const batch of upload) {
      checkBigBatch(batch, index++);
      yield { appMetadata: encoder.encode(String(index)) };
    }
  },
  async *doExchange(upload) {
    let index = 0;
    for await (const batch of upload) {
      checkBigBatch(batch, index++);
      yield batch;
    }
  },
  async *doAction({ type, body = new Uint8Array() }) {
    if (type === "pid") yield { body: encoder.encode(String(process.pid)) };
    else if (type === "echo") yield { body };
    else {
      while (true) {
        yield { body };
        await pause();
      }
    }
  },
  listActions: () => [{ type: "echo", description: "sends the body back" }],
};
