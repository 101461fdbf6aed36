/**
 * One run of the benchmark, over any client of Flight.
 *
 * @module
 */
import type { RecordBatch } from "apache-arrow";
import { BYTES_PER_RECORD, perfBatch, perfBatches } from "./perf_data.ts";
import { perfCommand, type PerfSize, perfTicket } from "./perf_data.ts";
import { type Latency, latencyOf } from "../support/statistics.ts";

/** A connection to a benchmark server. */
export interface PerfConnection {
  /** Tickets with their location; none means this connection's. */
  getFlightInfo(
    command: Uint8Array,
  ): Promise<{ ticket: Uint8Array; location: string | undefined }[]>;
  /** Reads a stream, decoded to record batches. */
  doGet(ticket: Uint8Array): AsyncIterable<RecordBatch>;
  /** Uploads batches and calls `written` after each of them. */
  doPut(batches: Iterable<RecordBatch>, written: () => void): Promise<void>;
  /** The action "ping". */
  ping(): Promise<void>;
  /** Closes the connection. */
  close(): Promise<void>;
}

/** Opens a connection. */
export type Connect = (location: string) => PerfConnection;

/** Kind of a measurement. */
export type PerfTest =
  /** Reads all streams. */
  | "get"
  /** Writes all streams. */
  | "put"
  /** Reads streams of one row, one after the other. */
  | "round_trip"
  /** Many pings at once, on one connection. */
  | "concurrent";

/** Options of {@linkcode runPerf}. */
export interface PerfOptions extends PerfSize {
  readonly test: PerfTest;
  /** Number of concurrent streams. */
  readonly numThreads: number;
  /** True to add up the first column of every batch. */
  readonly sum: boolean;
  /** Number of calls of `round_trip` and `concurrent`. */
  readonly numCalls: number;
}

/** Result of a measurement. */
export interface PerfResult {
  /** Rows that went over the wire. */
  readonly rows: number;
  /** Batches, or calls. */
  readonly batches: number;
  readonly seconds: number;
  /** Rows × 32 / 2²⁰ / seconds, as the C++ benchmark has it. */
  readonly mibPerSecond: number;
  /** Time in each read or write, or of each call, in microseconds. */
  readonly latencyUs: Latency;
  /** Sum modulo 2⁶⁴, if it was requested. */
  readonly sum: string | undefined;
}

/** Runs the benchmark once. */
export async function runPerf(
  connect: Connect,
  location: string,
  options: PerfOptions,
): Promise<PerfResult> {
  const run = new Run(options);
  // As in C++: the time includes GetFlightInfo and the connections, but not the
  // check that the server is up, nor making random rows.
  const connection = connect(location);
  try {
    await connection.ping();
    const batch = perfBatch(options.recordsPerBatch);
    const start = performance.now();
    switch (options.test) {
      case "get":
      case "put":
        await transfer(connection, connect, location, batch, options, run);
        break;
      case "round_trip":
        await roundTrips(connection, options.numCalls, run);
        break;
      case "concurrent":
        await concurrentCalls(connection, options.numCalls, run);
    }
    return run.result((performance.now() - start) / 1000);
  } finally {
    await connection.close();
  }
}

/** State of a run. */
class Run {
  readonly #sums: boolean;
  readonly #durations: number[] = [];
  #rows = 0;
  #low = 0n;

  constructor({ sum }: PerfOptions) {
    this.#sums = sum;
  }

  took(milliseconds: number): void {
    this.#durations.push(milliseconds * 1000);
  }

  batch(batch: RecordBatch): void {
    this.#rows += batch.numRows;
    if (this.#sums) this.#low += sumOf(batch);
  }

  result(seconds: number): PerfResult {
    return {
      rows: this.#rows,
      batches: this.#durations.length,
      seconds,
      mibPerSecond: this.#rows * BYTES_PER_RECORD / 2 ** 20 / seconds,
      latencyUs: latencyOf(this.#durations),
      sum: this.#sums ? String(BigInt.asUintN(64, this.#low)) : undefined,
    };
  }
}

async function transfer(
  connection: PerfConnection,
  connect: Connect,
  location: string,
  batch: RecordBatch,
  options: PerfOptions,
  run: Run,
): Promise<void> {
  const endpoints = await connection.getFlightInfo(perfCommand(options));
  async function next(): Promise<void> {
    for (let end = endpoints.pop(); end !== undefined; end = endpoints.pop()) {
      const stream = connect(end.location ?? location);
      try {
        await (options.test === "get"
          ? get(stream, end.ticket, run)
          : put(stream, batch, options.recordsPerStream, run));
      } finally {
        await stream.close();
      }
    }
  }
  await Promise.all(Array.from({ length: options.numThreads }, next));
}

async function get(
  connection: PerfConnection,
  ticket: Uint8Array,
  run: Run,
): Promise<void> {
  let start = performance.now();
  for await (const batch of connection.doGet(ticket)) {
    run.took(performance.now() - start);
    run.batch(batch);
    start = performance.now();
  }
}

async function put(
  connection: PerfConnection,
  batch: RecordBatch,
  rows: number,
  run: Run,
): Promise<void> {
  let start = performance.now();
  function* counted(): Generator<RecordBatch, void> {
    for (const next of perfBatches(batch, rows)) {
      run.batch(next);
      start = performance.now();
      yield next;
    }
  }
  await connection.doPut(
    counted(),
    () => run.took(performance.now() - start),
  );
}

async function roundTrips(
  connection: PerfConnection,
  calls: number,
  run: Run,
): Promise<void> {
  const ticket = perfTicket({
    numStreams: 1,
    recordsPerStream: 1,
    recordsPerBatch: 1,
  });
  for (let call = 0; call < calls; call++) {
    const start = performance.now();
    for await (const batch of connection.doGet(ticket)) run.batch(batch);
    run.took(performance.now() - start);
  }
}

async function concurrentCalls(
  connection: PerfConnection,
  calls: number,
  run: Run,
): Promise<void> {
  await Promise.all(Array.from({ length: calls }, async () => {
    const start = performance.now();
    await connection.ping();
    run.took(performance.now() - start);
  }));
}

/** Adds up the first column, by halves: a bigint for each row would be slow. */
function sumOf(batch: RecordBatch): bigint {
  const { values, offset } = batch.data.children[0]!;
  const halves = new Uint32Array(
    values.buffer,
    values.byteOffset + offset * 8,
    batch.numRows * 2,
  );
  let [low, high] = [0, 0];
  for (let i = 0; i < halves.length; i += 2) {
    low += halves[i]!;
    high += halves[i + 1]!;
  }
  return BigInt(low) + (BigInt(high) << 32n);
}
