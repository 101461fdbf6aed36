/** The batches of a running statement of DuckDB. */

import {
  type Data,
  type RecordBatch,
  type Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { newRecordBatch } from "../../arrow/arrow_objects.ts";
import { FlightError } from "../../core/flight_error.ts";
import { textBuilder, vectorBuilder } from "./builders.ts";
import type { DuckdbSession, OpenResult } from "./duckdb_session.ts";
import type { DuckResult, DuckType, DuckVector } from "./native.ts";
import type { VectorBuilder } from "./vector_builder.ts";

/** Rows that are taken out of the first chunk of the engine, to see how large they are. A chunk has 2,048. */
const FIRST_ROWS = 64;

/** Time after which a batch is sent without another chunk, although it is not full. */
const BATCH_MS = 50;
/** The same for the first batch. */
const FIRST_BATCH_MS = 5;

/** Bounds of batches. */
export interface BatchLimits {
  /** Most rows of a batch. */
  readonly batchRows: number;
  /** Bytes after which a batch is full. */
  readonly batchBytes: number;
  /** Most bytes of a text or BLOB. */
  readonly maxValueBytes: number;
  /** Most bytes of a result that are taken into memory. */
  readonly maxBufferedBytes: number;
}

/** A result, and the form that it is to have. */
interface ResultOptions {
  readonly session: DuckdbSession;
  readonly result: DuckResult;
  readonly schema: Schema;
  /** Types that the columns had when the statement was compiled; `undefined` for unknown ones. */
  readonly types: readonly (DuckType | undefined)[];
  /** `true` if nothing tells the types of some parameters. */
  readonly isOpen: boolean;
  readonly limits: BatchLimits;
  /** Thing that ends with the result: a transaction that was begun for it, or only itself. */
  readonly ends: "transaction" | "result";
}

/** A chunk of the engine, and the number of its rows that are in a batch. */
interface OpenChunk {
  readonly vectors: readonly DuckVector[];
  readonly rows: number;
  taken: number;
}

/** A result has other columns than its statement. */
function otherColumns(isOpen: boolean): FlightError {
  return isOpen
    ? new FlightError(
      "INVALID_ARGUMENT",
      "Cannot run the statement: nothing tells the types of some parameters, and so of its columns; give them, as in CAST(? AS INTEGER)",
    )
    : new FlightError(
      "ABORTED",
      "Cannot run the statement: its columns have changed since it was prepared; prepare it again",
    );
}

/** A result that is read in batches. */
export class ResultStream implements OpenResult {
  readonly #session: DuckdbSession;
  readonly #result: DuckResult;
  readonly #schema: Schema;
  readonly #limits: BatchLimits;
  readonly #ends: ResultOptions["ends"];
  readonly #builders: readonly VectorBuilder[];
  readonly #ready: RecordBatch[] = [];
  #chunk: OpenChunk | undefined;
  /** Mean size of the rows that were taken last. */
  #rowBytes: number | undefined;
  #done = false;
  #first = true;
  /** Error with which the rest could not be taken into memory. */
  #failure: unknown;

  /** @throws {FlightError} When the columns are not those with which the statement was compiled. */
  constructor(
    { session, result, schema, types, isOpen, limits, ends }: ResultOptions,
  ) {
    this.#session = session;
    this.#ends = ends;
    this.#result = result;
    this.#schema = schema;
    this.#limits = limits;
    if (result.columnCount !== types.length) throw otherColumns(isOpen);
    this.#builders = types.map((type, i) => {
      if (type === undefined) {
        return textBuilder(new Utf8(), limits.maxValueBytes);
      }
      const now = result.columnType(i);
      if (String(now) !== String(type)) throw otherColumns(isOpen);
      return vectorBuilder(now, schema.fields[i]!.type, limits.maxValueBytes);
    });
  }

  /** Gives the next batch; `undefined` at the end. */
  async next(signal: AbortSignal): Promise<RecordBatch | undefined> {
    if (!this.#done && this.#ready.length === 0) {
      await this.#session.read(signal, async () => {
        // Something else may have used the connection meanwhile.
        if (!this.#done && this.#ready.length === 0) await this.#fill();
      });
    }
    const batch = this.#ready.shift();
    if (batch === undefined && this.#failure !== undefined) throw this.#failure;
    return batch;
  }

  async buffer(): Promise<void> {
    const { maxBufferedBytes } = this.#limits;
    let bytes = 0;
    try {
      while (!this.#done) {
        bytes += await this.#fill();
        if (bytes <= maxBufferedBytes) continue;
        this.#ready.length = 0;
        throw new FlightError(
          "RESOURCE_EXHAUSTED",
          `Cannot keep the rest of the result, which takes more than ${maxBufferedBytes} bytes (option maxBufferedBytes), while another statement runs on its connection: read it to its end before`,
        );
      }
    } catch (error) {
      this.#failure = error;
      await this.abandon();
    }
  }

  /** Ends the result before its end. To be called in a turn. */
  async abandon(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    this.#chunk = undefined;
    this.#session.clearOpen(this);
    if (this.#ends === "transaction") return await this.#session.rollBack();
    // Any other statement ends the rest of the result, and lets go of what it holds.
    await this.#session.protect(() => this.#session.native.run("SELECT 1"));
  }

  /** `true` when nothing of the engine is left. */
  get isDone(): boolean {
    return this.#done;
  }

  /** Reads about a batch, and returns its bytes. */
  async #fill(): Promise<number> {
    const until = performance.now() + (this.#first ? FIRST_BATCH_MS : BATCH_MS);
    this.#first = false;
    let rows = 0;
    let bytes = 0;
    do {
      const chunk = this.#chunk ??= await this.#nextChunk();
      if (chunk === undefined) {
        this.#done = true;
        this.#session.clearOpen(this);
        if (this.#ends === "transaction") await this.#session.commit();
        break;
      }
      const count = this.#take(
        chunk,
        this.#limits.batchRows - rows,
        this.#limits.batchBytes - bytes,
      );
      rows += count;
      const now = this.#bytes();
      this.#rowBytes = (now - bytes) / count;
      bytes = now;
    } while (
      rows < this.#limits.batchRows &&
      bytes < this.#limits.batchBytes &&
      // The rest of a chunk is at hand: only the engine can take long.
      (this.#chunk !== undefined || performance.now() < until)
    );
    if (rows > 0) this.#ready.push(this.#batch(rows));
    return bytes;
  }

  async #nextChunk(): Promise<OpenChunk | undefined> {
    const chunk = await this.#result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return undefined;
    const vectors = this.#builders.map((_, i) => chunk.getColumnVector(i));
    return { vectors, rows: chunk.rowCount, taken: 0 };
  }

  /** Copies the rows of a chunk for which there seems to be room, and returns their number. */
  #take(chunk: OpenChunk, maxRows: number, roomBytes: number): number {
    const { vectors, rows, taken } = chunk;
    const room = this.#rowBytes === undefined
      ? FIRST_ROWS
      : Math.ceil(roomBytes / this.#rowBytes);
    const count = Math.min(room, maxRows, rows - taken);
    this.#builders.forEach((builder, i) => {
      try {
        builder.append(vectors[i]!, taken, count);
      } catch (error) {
        if (!(error instanceof FlightError)) throw error;
        throw new FlightError(
          error.code,
          `Column "${this.#schema.fields[i]!.name}": ${error.details}`,
        );
      }
    });
    chunk.taken += count;
    if (chunk.taken === rows) this.#chunk = undefined;
    return count;
  }

  #bytes(): number {
    return this.#builders.reduce((bytes, { bytes: more }) => bytes + more, 0);
  }

  /** The rows that were collected. */
  #batch(rows: number): RecordBatch {
    const columns: Data[] = this.#builders.map((builder) => builder.finish());
    return newRecordBatch(
      this.#schema,
      new Struct(this.#schema.fields),
      rows,
      columns,
      new Map(),
    );
  }
}
