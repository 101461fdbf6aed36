/**
 * The services for pages in browsers: streams that tell how far they have come, and how they ended, and
 * a database.
 *
 * @module
 */
import process from "node:process";
import type { Table } from "apache-arrow";
import { FlightError, type FlightService } from "../../../mod.ts";
import { database, flightSqlService } from "../../../sql_server.ts";
import { sqlite } from "../../../sqlite.ts";
import { bigBatch, checkBigBatch } from "../load/big_stream.ts";
import { WEB_SERVICE } from "../web/web_service.ts";
import type { CallState } from "./call_state.ts";

/** Batches between two measurements of memory; garbage is collected before each. */
const INTERVAL = 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** State of a call that goes on. */
type OpenState = { -readonly [K in keyof CallState]: CallState[K] };

const states = new Map<string, OpenState>();
const tables = new Map<string, Table>();

function begin(name: string): OpenState {
  const state = { messages: 0, grownMib: 0, end: undefined };
  states.set(name, state);
  return state;
}

/** Memory without garbage. */
function heldMib(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("the option --expose-gc is missing");
  gc();
  return memoryMib();
}

function memoryMib(): number {
  return process.memoryUsage().rss / 2 ** 20;
}

function endOf(signal: AbortSignal): string {
  return FlightError.is(signal.reason) ? signal.reason.code : "aborted";
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** The service. */
export const PAGE_SERVICE: FlightService = {
  ...WEB_SERVICE,

  /** `counted NAME COUNT` counts its batches; `kept NAME` is a table that was uploaded. */
  async *doGet(ticket, call) {
    const [kind, name = "", count] = decoder.decode(ticket.ticket).split(" ");
    if (kind === "kept") {
      yield tables.get(name)!;
    } else if (kind === "counted") {
      const state = begin(name);
      const before = memoryMib();
      try {
        for (let index = 0; index < Number(count); index++) {
          state.messages = index + 1;
          state.grownMib = Math.max(state.grownMib, memoryMib() - before);
          yield bigBatch(index);
        }
        state.end = "OK";
      } finally {
        state.end ??= endOf(call.signal);
      }
    } else {
      yield* WEB_SERVICE.doGet!(ticket, call) as AsyncIterable<
        ReturnType<typeof bigBatch>
      >;
    }
  },

  /**
   * `measured NAME` checks and counts batches, and answers at the end; `each NAME` answers each batch;
   * `keep NAME` keeps the table.
   */
  async *doPut(upload, call) {
    const descriptor = await upload.descriptor;
    const [kind, name = ""] = descriptor?.type === "PATH"
      ? descriptor.path
      : [];
    const state = begin(name);
    try {
      if (kind === "keep") {
        tables.set(name, await upload.table());
        state.end = "OK";
        return;
      }
      let before = Infinity;
      for await (const batch of upload) {
        checkBigBatch(batch, state.messages++);
        if (state.messages % INTERVAL === 0) {
          const now = heldMib();
          before = Math.min(before, now);
          state.grownMib = Math.max(state.grownMib, now - before);
        }
        if (kind === "each") yield result(state.messages);
      }
      if (kind !== "each") yield result(state.messages);
      state.end = "OK";
    } finally {
      state.end ??= endOf(call.signal);
    }
  },

  /**
   * `state NAME` tells the state of a call; `hold NAME`, `open NAME` and `silent NAME` wait for their end:
   * after a message, after the headers, and before all.
   */
  async *doAction(action, call) {
    const name = decoder.decode(action.body);
    if (action.type === "state") {
      yield { body: encoder.encode(JSON.stringify(states.get(name) ?? {})) };
    } else if (["hold", "open", "silent"].includes(action.type)) {
      const state = begin(name);
      if (action.type === "open") call.sendHeaders();
      if (action.type === "hold") {
        state.messages++;
        yield { body: new Uint8Array() };
      }
      await aborted(call.signal);
      state.end = endOf(call.signal);
    } else {
      yield* WEB_SERVICE.doAction!(action, call) as AsyncIterable<
        { body: Uint8Array }
      >;
    }
  },
};

function result(count: number): { appMetadata: Uint8Array } {
  return { appMetadata: encoder.encode(String(count)) };
}

/** Makes a service of SQL over an empty database. */
export function pageSqlService(): FlightService {
  return flightSqlService(database(sqlite(":memory:", { readOnly: false })));
}
