/** Handlers without a database, which record what they are asked to do. */

import { FlightError } from "@contrail/flight";
import type {
  FlightSqlHandlers,
  SqlCallContext,
  SqlPreparedStatement,
  SqlTransaction,
} from "@contrail/flight/sql/server";
import {
  Field,
  Int32,
  Int64,
  type RecordBatch,
  Schema,
  tableFromArrays,
  Utf8,
} from "apache-arrow";
import { turns } from "../support/events.ts";

/** Rows of `SELECT n`. */
export const NUMBERS = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

/** Schema of parameters: one integer. */
export const ONE_INTEGER = new Schema([new Field("1", new Int64(), true)]);

/** A transaction that records what becomes of it. */
export interface FakeTransaction extends SqlTransaction {
  readonly number: number;
}

/** Handlers that record their calls. */
export class FakeHandlers implements FlightSqlHandlers<FakeTransaction> {
  /** Each run, in order. */
  readonly log: string[] = [];
  /** Prepared statements that are not closed. */
  open = 0;
  /** Signals of the queries that were begun. */
  readonly signals: AbortSignal[] = [];
  /** Called when a query has begun to run. */
  onBegin: () => void = () => {};
  #transactions = 0;

  prepare(
    { query }: { readonly query: string },
    { transaction }: SqlCallContext<FakeTransaction>,
  ): SqlPreparedStatement {
    const place = transaction ? ` in ${transaction.number}` : "";
    const [verb, what] = query.split(" ");
    const parameterSchema = what === "?" ? ONE_INTEGER : undefined;
    const run = (parameters: RecordBatch | undefined): void => {
      const values = parameters?.getChildAt(0)?.toArray() ?? [];
      this.log.push([query + place, ...values].join(" "));
    };
    const close = (): void => void this.open--;
    switch (verb) {
      case "SELECT": {
        this.open++;
        const rows = (parameters: RecordBatch | undefined) =>
          what === "?" ? parameters! : NUMBERS;
        return {
          schema: what === "?" ? ONE_INTEGER : NUMBERS.schema,
          parameterSchema,
          query: (parameters, { signal }) => {
            this.signals.push(signal);
            run(parameters);
            this.onBegin();
            return rows(parameters);
          },
          close,
        };
      }
      case "FOREVER":
        this.open++;
        return {
          schema: NUMBERS.schema,
          query: (_, { signal }) => {
            this.signals.push(signal);
            run(undefined);
            return this.#forever(signal);
          },
          close,
        };
      case "INSERT":
        this.open++;
        return {
          parameterSchema,
          update: (parameters) => {
            run(parameters);
            return parameters?.numRows ?? 1;
          },
          close,
        };
      default:
        throw new FlightError(
          "INVALID_ARGUMENT",
          `near "${verb}": syntax error`,
        );
    }
  }

  /** Gives a batch in each turn of the event loop, and never ends by itself. */
  async *#forever(signal: AbortSignal): AsyncGenerator<RecordBatch> {
    this.onBegin();
    while (!signal.aborted) {
      yield NUMBERS.batches[0]!;
      await turns(1);
    }
  }

  beginTransaction(): FakeTransaction {
    const number = ++this.#transactions;
    const log = (text: string) => (): void => {
      this.log.push(`${text} ${number}`);
    };
    log("begin")();
    return {
      number,
      commit: log("commit"),
      rollback: log("rollback"),
      savepoint: (name) => {
        log(`savepoint ${name}`)();
        return {
          release: log(`release ${name}`),
          rollback: log(`back to ${name}`),
        };
      },
    };
  }

  async ingest(
    { table, ifNotExist, ifExists }: {
      readonly table: string;
      readonly ifNotExist: string;
      readonly ifExists: string;
    },
    { batches }: { readonly batches: AsyncIterable<RecordBatch> },
    { transaction }: SqlCallContext<FakeTransaction>,
  ): Promise<number> {
    let count = 0;
    for await (const { numRows } of batches) count += numRows;
    const place = transaction ? ` in ${transaction.number}` : "";
    this.log.push(`ingest ${table} ${ifNotExist} ${ifExists}${place} ${count}`);
    return count;
  }

  *tables() {
    yield {
      catalog: "main",
      name: "b_1",
      type: "TABLE",
      tableSchema: new Schema([
        new Field("id", new Int32(), false, new Map([["a", "b"]])),
        new Field("name", new Utf8(), true),
      ]),
    };
    yield {
      catalog: "main",
      name: "ab1",
      type: "VIEW",
      tableSchema: NUMBERS.schema,
    };
    yield { name: "temporary", type: "TABLE", tableSchema: NUMBERS.schema };
  }
}

/** Parameters: rows of one integer. */
export function integers(...values: number[]): RecordBatch {
  const table = tableFromArrays({ "1": BigInt64Array.from(values, BigInt) });
  return table.batches[0]!;
}
