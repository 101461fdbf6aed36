/**
 * One run of the benchmark, over any client of Flight.
 *
 * @module
 */
import type { RecordBatch } from "apache-arrow";
import { type Latency, latencyOf } from "../support/statistics.ts";
import { bytesPerRow, perfBatch, perfBatches } from "./perf_data.ts";
import {
  type Compression,
  perfCommand,
  type PerfSize,
  perfTicket,
} from "./perf_messages.ts";

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
  /** Sends batches, and reads those that come back. */
  doExchange(
    command: Uint8Array,
    batches: Iterable<RecordBatch>,
  ): AsyncIterable<RecordBatch>;
  /** The action "ping". */
  ping(): Promise<void>;
  /** Closes the connection. */
  close(): Promise<void>;
}

/** Opens a connection, whose client compresses the data that it sends. */
export type Connect = (
  location: string,
  compression: Compression,
) => PerfConnection;

/** Kind of a measurement. */
export type PerfTest =
  /** Reads all streams. */
  | "get"
  /** Writes all streams. */
  | "put"
  /** Sends all streams, and reads them as they come back. */
  | "exchange"
  /** Reads streams of one row, one after the other. */
  | "round_trip"
  /** Many pings at once, on one connection. */
  | "concurrent";

/** Options of {@linkcode runPerf}. */
export interface PerfOptions extends PerfSize {
  readonly test: PerfTest;
  /** Number of concurrent streams. */
  readonly numThreads: number;
  /** True for all streams on one connection, false for one each. */
  readonly shared: boolean;
  /** True to add up the first column of every batch. */
  readonly sum: boolean;
  /** Number of calls of `round_trip` and `concurrent`. */
  readonly numCalls: number;
}

/** Result of a measurement. */
export interface PerfResult {
  /** Rows that were read or written. */
  readonly rows: number;
  /** Batches, or calls. */
  readonly batches: number;
  readonly seconds: number;
  /** Bytes of the rows / 2²⁰ / seconds, as the C++ benchmark has it. */
  readonly mibPerSecond: number;
  /** Time in each read or write, or of each call, in microseconds. */
  readonly latencyUs: Latency;
  /** Sum modulo 2⁶⁴, if it was requested. */
  readonly sum: string | undefined;
}

/**
 * Runs the benchmark once.
 *
 * @param connect Opens the connections.
 * @param locations The servers, which share the streams; all calls that are not
 * transfers go to the first.
 * @param options The measurement.
 */
export async function runPerf(
  connect: Connect,
  locations: readonly string[],
  options: PerfOptions,
): Promise<PerfResult> {
  const run = new Run(connect, options);
  // As in C++: the time includes GetFlightInfo and the connections, but not the
  // check that the server is up, nor making random rows.
  const connections = locations.map((location) => run.connect(location));
  try {
    for (const connection of connections) await connection.ping();
    const batch = perfBatch(options.data, options.recordsPerBatch);
    const start = performance.now();
    switch (options.test) {
      case "round_trip":
        await roundTrips(connections[0]!, options.numCalls, run);
        break;
      case "concurrent":
        await concurrentCalls(connections[0]!, options.numCalls, run);
        break;
      default:
        await transfer(locations, connections, batch, run);
    }
    return run.result((performance.now() - start) / 1000);
  } finally {
    for (const connection of connections) await connection.close();
  }
}

/** State of a run. */
class Run {
  readonly options: PerfOptions;
  readonly #connect: Connect;
  readonly #durations: number[] = [];
  #rows = 0;
  #low = 0n;

  constructor(connect: Connect, options: PerfOptions) {
    this.#connect = connect;
    this.options = options;
  }

  connect(location: string): PerfConnection {
    return this.#connect(location, this.options.compression);
  }

  took(milliseconds: number): void {
    this.#durations.push(milliseconds * 1000);
  }

  batch(batch: RecordBatch): void {
    this.#rows += batch.numRows;
    if (this.options.sum) this.#low += sumOf(batch);
  }

  result(seconds: number): PerfResult {
    const bytes = this.#rows * bytesPerRow(this.options.data);
    return {
      rows: this.#rows,
      batches: this.#durations.length,
      seconds,
      mibPerSecond: bytes / 2 ** 20 / seconds,
      latencyUs: latencyOf(this.#durations),
      sum: this.options.sum ? String(BigInt.asUintN(64, this.#low)) : undefined,
    };
  }
}

/** A stream of a transfer. */
interface Endpoint {
  readonly ticket: Uint8Array;
  /** Its connection, where it has none of its own. */
  readonly connection: PerfConnection;
  readonly location: string;
}

async function transfer(
  locations: readonly string[],
  connections: readonly PerfConnection[],
  batch: RecordBatch,
  run: Run,
): Promise<void> {
  const { numStreams, numThreads, shared } = run.options;
  const command = perfCommand({
    ...run.options,
    numStreams: Math.ceil(numStreams / locations.length),
  });
  const endpoints: Endpoint[] = [];
  for (const [i, connection] of connections.entries()) {
    for (const one of await connection.getFlightInfo(command)) {
      const location = one.location ?? locations[i]!;
      endpoints.push({ ticket: one.ticket, connection, location });
    }
  }
  async function next(): Promise<void> {
    for (let end = endpoints.pop(); end !== undefined; end = endpoints.pop()) {
      const { ticket, location } = end;
      if (shared) await stream(end.connection, ticket, batch, run);
      else {
        const connection = run.connect(location);
        try {
          await stream(connection, ticket, batch, run);
        } finally {
          await connection.close();
        }
      }
    }
  }
  await Promise.all(Array.from({ length: numThreads }, next));
}

async function stream(
  connection: PerfConnection,
  ticket: Uint8Array,
  batch: RecordBatch,
  run: Run,
): Promise<void> {
  const { test, recordsPerStream } = run.options;
  switch (test) {
    case "put":
      return await put(connection, perfBatches(batch, recordsPerStream), run);
    case "exchange":
      return await read(
        connection.doExchange(
          perfCommand(run.options),
          perfBatches(batch, recordsPerStream),
        ),
        run,
      );
    default:
      return await read(connection.doGet(ticket), run);
  }
}

async function read(
  batches: AsyncIterable<RecordBatch>,
  run: Run,
): Promise<void> {
  let start = performance.now();
  for await (const batch of batches) {
    run.took(performance.now() - start);
    run.batch(batch);
    start = performance.now();
  }
}

async function put(
  connection: PerfConnection,
  batches: Iterable<RecordBatch>,
  run: Run,
): Promise<void> {
  let start = performance.now();
  function* counted(): Generator<RecordBatch, void> {
    for (const next of batches) {
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
    ...run.options,
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
