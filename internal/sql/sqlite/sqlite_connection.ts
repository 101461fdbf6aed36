/** A connection to SQLite, as the Flight SQL server uses it. */

import { FlightError } from "../../core/flight_error.ts";
import type {
  DatabaseCallOptions,
  DatabaseConnection,
  DatabaseStatement,
  ForeignKeyFilter,
  IngestData,
  IngestTarget,
  TablesOptions,
} from "../database/adapter.ts";
import type { OpenedFile } from "../database/opened_file.ts";
import type {
  SqlForeignKey,
  SqlForeignKeyRule,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "../metadata/rows.ts";
import { declaredType } from "./stored_types.ts";
import { bindRows, resultSchema } from "./arrow_columns.ts";
import type { IngestPlan } from "./engine/engine_protocol.ts";
import type { EngineLink } from "./engine_link.ts";
import type { PointQueries } from "./point_queries.ts";
import { SqliteStatement } from "./sqlite_statement.ts";
import { TYPE_INFO } from "./type_info.ts";

/** A connection over a worker. */
export class SqliteConnection implements DatabaseConnection {
  /** SQLite looks for names in "temp" and "main", in this order, and nothing changes that. */
  readonly defaults: Omit<SqlTableRef, "table"> = { catalog: "main" };
  readonly timeoutMs: number;
  readonly link: EngineLink;
  readonly #file: OpenedFile;
  readonly #points: () => PointQueries | undefined;
  readonly #release: (link: EngineLink) => Promise<void>;
  #nextHandle = 1;
  #isInTransaction = false;
  #closed = false;

  /**
   * @param link An engine that has opened the database.
   * @param file The file of the database.
   * @param timeoutMs How long a statement may take.
   * @param points Gives what runs point queries, where there is such a thing.
   * @param release Takes the engine back.
   */
  constructor(
    link: EngineLink,
    file: OpenedFile,
    timeoutMs: number,
    points: () => PointQueries | undefined,
    release: (link: EngineLink) => Promise<void>,
  ) {
    this.timeoutMs = timeoutMs;
    this.link = link;
    this.#file = file;
    this.#points = points;
    this.#release = release;
  }

  get isOpen(): boolean {
    return !this.#closed && this.link.isUsable && this.#file.isCurrent;
  }

  get #engine(): EngineLink {
    if (!this.#closed) return this.link;
    throw new FlightError("FAILED_PRECONDITION", "The connection is closed");
  }

  async prepare(
    sql: string,
    { signal }: DatabaseCallOptions,
  ): Promise<DatabaseStatement> {
    const handle = this.newHandle();
    const info = await this.#engine.call("prepare", [handle, sql], signal);
    return new SqliteStatement(this, handle, sql, info);
  }

  /** Runs point queries; absent in a transaction, whose changes only its own connection sees. */
  get points(): PointQueries | undefined {
    return this.#isInTransaction ? undefined : this.#points();
  }

  /** Gives the number of the next statement or cursor. */
  newHandle(): number {
    return this.#nextHandle++;
  }

  async begin(): Promise<void> {
    this.#isInTransaction = true;
    await this.#engine.call("transaction", ["begin"]);
  }

  async commit(): Promise<void> {
    await this.#engine.call("transaction", ["commit"]);
    this.#isInTransaction = false;
  }

  async rollback(): Promise<void> {
    await this.#engine.call("transaction", ["rollback"]);
    this.#isInTransaction = false;
  }

  async savepoint(name: string): Promise<void> {
    await this.#engine.call("savepoint", ["set", name]);
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.#engine.call("savepoint", ["release", name]);
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.#engine.call("savepoint", ["rollback", name]);
  }

  async ingest(
    target: IngestTarget,
    data: IngestData,
    { signal }: DatabaseCallOptions,
  ): Promise<bigint> {
    const engine = this.#engine;
    const number = this.newHandle();
    const plan: IngestPlan = {
      catalog: catalogOf(target, target.temporary === true),
      table: target.table,
      columns: data.schema.fields.map(({ name, type }) => ({
        name,
        declared: declaredType(type),
      })),
      ifNotExist: target.ifNotExist,
      ifExists: target.ifExists,
    };
    let kept = false;
    try {
      // The engine may begin although the call is given up.
      await engine.call("beginIngest", [number, plan], signal);
      let rows = 0n;
      for await (const batch of data.batches) {
        rows += await engine.call("ingest", [bindRows(batch)], signal);
      }
      await engine.call("endIngest", [number, true], signal);
      kept = true;
      return rows;
    } finally {
      // Does nothing where the beginning was refused, or the end itself has failed.
      if (!kept && engine.isUsable) {
        await engine.call("endIngest", [number, false]);
      }
    }
  }

  async catalogs(): Promise<readonly string[]> {
    // The catalog of temporary tables is there once it has any.
    const tables = await this.#engine.call("tables", [false]);
    return [...new Set(["main", ...tables.map(({ catalog }) => catalog)])];
  }

  schemas(): readonly SqlSchema[] {
    return [];
  }

  async *tables(
    { includeSchema }: TablesOptions,
  ): AsyncIterable<SqlTable> {
    const tables = await this.#engine.call("tables", [includeSchema]);
    for (const { catalog, name, type, columns } of tables) {
      yield {
        catalog,
        name,
        type,
        tableSchema: columns === undefined ? undefined : resultSchema(columns),
      };
    }
  }

  tableTypes(): readonly string[] {
    return ["SYSTEM TABLE", "TABLE", "VIEW"];
  }

  async primaryKeys(table: SqlTableRef): Promise<readonly SqlPrimaryKey[]> {
    if (table.schema) return [];
    const keys = await this.#engine.call("primaryKeys", [
      table.catalog,
      table.table,
    ]);
    return keys.map((key) => ({ ...key, table: table.table }));
  }

  async foreignKeys(
    { pk, fk }: ForeignKeyFilter,
  ): Promise<readonly SqlForeignKey[]> {
    if (pk?.schema || fk?.schema) return [];
    const rows = await this.#engine.call("foreignKeys", [
      fk?.catalog ?? pk?.catalog,
      fk?.table,
    ]);
    return rows
      .filter((row) =>
        (pk?.catalog === undefined || pk.catalog === row.catalog) &&
        (pk === undefined ||
          pk.table.toLowerCase() === row.toTable.toLowerCase())
      )
      .map((row) => ({
        pk: { catalog: row.catalog, table: row.toTable },
        pkColumn: row.toColumn,
        fk: { catalog: row.catalog, table: row.table },
        fkColumn: row.column,
        fkKeyName: row.keyName,
        keySequence: row.keySequence,
        updateRule: ruleOf(row.onUpdate),
        deleteRule: ruleOf(row.onDelete),
      }));
  }

  typeInfo(): readonly SqlTypeInfo[] {
    return TYPE_INFO;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#release(this.link);
  }
}

function ruleOf(rule: string): SqlForeignKeyRule {
  return rule.replace(" ", "_") as SqlForeignKeyRule;
}

/** SQLite has catalogs without schemas; what some clients call the schema is the catalog. */
function catalogOf(target: IngestTarget, temporary: boolean): string {
  const named = target.catalog || target.schema || undefined;
  const catalog = named ?? (temporary ? "temp" : "main");
  if (target.catalog && target.schema && target.catalog !== target.schema) {
    throw new FlightError(
      "NOT_FOUND",
      `Cannot ingest: there is no schema ${JSON.stringify(target.schema)} in ` +
        `the catalog ${JSON.stringify(target.catalog)}; SQLite has no schemas`,
    );
  }
  if (temporary && catalog !== "temp") {
    throw new FlightError(
      "INVALID_ARGUMENT",
      `Cannot ingest: temporary tables are in the catalog "temp", not in ${
        JSON.stringify(catalog)
      }`,
    );
  }
  if (catalog === "main" || catalog === "temp") return catalog;
  throw new FlightError(
    "NOT_FOUND",
    `Cannot ingest: there is no catalog ${
      JSON.stringify(catalog)
    }; the database has "main" and "temp"`,
  );
}
