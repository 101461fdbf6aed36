/** Writes batches into a table. */

import { FlightError } from "../../../core/flight_error.ts";
import { bindReader, type BindRows } from "./bind_column.ts";
import type { Engine } from "./engine.ts";
import type { IngestPlan } from "./engine_protocol.ts";
import { type NativeStatement, STATEMENT_OPTIONS } from "./native.ts";
import { readOnlyError } from "../../database/read_only.ts";
import { quoteName } from "../../database/sql_text.ts";

const SAVEPOINT = `"flight ingest"`;

/** Most parameters of one INSERT: more rows in a statement cost fewer calls of the engine. */
const MAX_PARAMETERS = 256;

/** An ingest under way. It stands in a transaction or in a savepoint, so it leaves everything or nothing. */
export class Ingest {
  readonly #engine: Engine;
  readonly #inside: boolean;
  readonly #width: number;
  readonly #group: number;
  readonly #into: string;
  readonly #one: NativeStatement;
  #many: NativeStatement | undefined;

  /**
   * Begins to write.
   *
   * @throws {FlightError} When the target forbids to create, append or replace, or lacks a column.
   */
  constructor(engine: Engine, plan: IngestPlan) {
    this.#engine = engine;
    engine.file.check();
    if (engine.options.readOnly) {
      throw readOnlyError("ingest", engine.options.readOnlyHint);
    }
    if (plan.catalog === "temp" && !engine.authorizer.inTransaction) {
      throw new FlightError(
        "FAILED_PRECONDITION",
        "Cannot ingest into a temporary table outside of a transaction: the next statement may run on another connection",
      );
    }
    if (plan.columns.length === 0) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot ingest: the data has no columns",
      );
    }
    this.#width = plan.columns.length;
    this.#group = Math.max(1, Math.floor(MAX_PARAMETERS / this.#width));
    const names = plan.columns.map(({ name }) => quoteName(name)).join(", ");
    const table = `${quoteName(plan.catalog)}.${quoteName(plan.table)}`;
    this.#into = `INSERT INTO ${table} (${names}) VALUES `;
    this.#inside = engine.database.isTransaction;
    engine.query(this.#inside ? `SAVEPOINT ${SAVEPOINT}` : "BEGIN IMMEDIATE");
    try {
      createTable(engine, plan, table);
      this.#one = this.#insert(1);
    } catch (error) {
      this.end(false);
      throw error;
    }
  }

  #insert(rows: number): NativeStatement {
    const row = `(${new Array(this.#width).fill("?").join(", ")})`;
    const sql = this.#into + new Array(rows).fill(row).join(", ");
    return this.#engine.authorizer.trusted(() =>
      this.#engine.database.prepare(sql, STATEMENT_OPTIONS)
    );
  }

  /** Writes rows, and gives how many there were. */
  write(rows: BindRows, stopped: () => boolean): bigint {
    return this.#engine.authorizer.trusted(() => {
      this.#write(rows, stopped);
      return BigInt(rows.rows);
    });
  }

  #write({ rows, columns }: BindRows, stopped: () => boolean): void {
    const readers = columns.map(bindReader);
    const group = this.#group;
    let row = 0;
    if (group > 1 && rows >= group) {
      const many = this.#many ??= this.#insert(group);
      const args = new Array(group * readers.length);
      for (; row + group <= rows; row += group) {
        this.#check(stopped);
        let at = 0;
        for (let i = row; i < row + group; i++) {
          for (const read of readers) args[at++] = read(i);
        }
        many.run(...args);
      }
    }
    for (; row < rows; row++) {
      this.#check(stopped);
      this.#one.run(...readers.map((read) => read(row)));
    }
  }

  #check(stopped: () => boolean): void {
    if (stopped()) throw new FlightError("CANCELLED", "The call was stopped");
  }

  /** Keeps or undoes what was written. */
  end(keep: boolean): void {
    const { engine, inside } = { engine: this.#engine, inside: this.#inside };
    if (keep) {
      try {
        engine.query(inside ? `RELEASE ${SAVEPOINT}` : "COMMIT");
      } catch (error) {
        this.end(false);
        throw error;
      }
    } else if (engine.database.isTransaction) {
      if (!inside) return void engine.query("ROLLBACK");
      engine.query(`ROLLBACK TO ${SAVEPOINT}`);
      engine.query(`RELEASE ${SAVEPOINT}`);
    }
  }
}

function createTable(engine: Engine, plan: IngestPlan, table: string): void {
  const [found] = engine.query(
    "SELECT type FROM pragma_table_list WHERE schema = ? AND name = ? COLLATE NOCASE",
    plan.catalog,
    plan.table,
  );
  const shown = JSON.stringify(plan.table);
  if (found === undefined && plan.ifNotExist === "FAIL") {
    throw new FlightError(
      "NOT_FOUND",
      `Cannot ingest: there is no table ${shown}, and the target forbids to create it`,
    );
  }
  if (found !== undefined && plan.ifExists === "FAIL") {
    throw new FlightError(
      "ALREADY_EXISTS",
      `Cannot ingest: there is a table ${shown} already, and the target forbids to append to it or replace it`,
    );
  }
  if (found !== undefined && plan.ifExists === "APPEND") return;
  if (found !== undefined) {
    engine.query(`DROP ${found[0] === "view" ? "VIEW" : "TABLE"} ${table}`);
  }
  const columns = plan.columns.map(({ name, declared }) =>
    `${quoteName(name)} ${declared}`
  );
  engine.query(`CREATE TABLE ${table} (${columns.join(", ")})`);
}
