/** Arrow files as tables of a database, so that they can be queried. */

import process from "node:process";
import { FlightError } from "@contrail/flight/server";
import type {
  DatabaseAdapter,
  DatabaseConnection,
  DatabaseStatement,
} from "@contrail/flight/sqlite";
import { quotedName } from "../sql/tokens.ts";
import { fileError, openArrowFile } from "../files/arrow_file.ts";
import { plainText } from "../output/plain_text.ts";

/**
 * The copies of Arrow files in a database. Their tables are there at once, without rows, so the catalog and the
 * columns of statements need not wait. The first statement begins to copy the rows, and each one waits for them.
 */
export class CopiedTables {
  readonly #writer: DatabaseConnection;
  readonly #files: Map<string, string>;
  readonly #stop = new AbortController();
  #copying: Promise<void> | undefined;
  #isDone = false;

  private constructor(
    writer: DatabaseConnection,
    files: ReadonlyMap<string, string>,
  ) {
    this.#writer = writer;
    this.#files = new Map(files);
  }

  /**
   * Creates the tables.
   *
   * @param writable The database, which must have none of them.
   * @param files The files by the names of their tables.
   */
  static async create(
    writable: DatabaseAdapter,
    files: ReadonlyMap<string, string>,
  ): Promise<CopiedTables> {
    const tables = new CopiedTables(await writable.connect(), files);
    for (const name of files.keys()) await tables.#write(name, "CREATE");
    return tables;
  }

  /** Makes the statements of another connection to the database wait for the rows. */
  awaited(connection: DatabaseConnection): DatabaseConnection {
    const { prepare, begin } = connection;
    return Object.assign<DatabaseConnection, Partial<DatabaseConnection>>(
      connection,
      {
        prepare: async (...args) => {
          this.#copy();
          const statement = await prepare.apply(connection, args);
          return this.#isDone ? statement : this.#awaitedBy(statement);
        },
        begin: async () => {
          // A transaction that has begun would not see the rows.
          await this.#copy();
          await begin.call(connection);
        },
      },
    );
  }

  /** Ends the copying. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#copying;
    await this.#writer.close();
  }

  #awaitedBy(statement: DatabaseStatement): DatabaseStatement {
    const { query, queryAtOnce, execute } = statement;
    const ready = (signal: AbortSignal): Promise<void> =>
      beforeAbort(this.#copy(), signal);
    return Object.assign<DatabaseStatement, Partial<DatabaseStatement>>(
      statement,
      {
        query: async function* (parameters, options) {
          await ready(options.signal);
          yield* query.call(statement, parameters, options);
        },
        queryAtOnce: (parameters) =>
          this.#isDone ? queryAtOnce?.call(statement, parameters) : undefined,
        execute: async (parameters, options) => {
          await ready(options.signal);
          return await execute.call(statement, parameters, options);
        },
      },
    );
  }

  #copy(): Promise<void> {
    return this.#copying ??= this.#copyAll();
  }

  async #copyAll(): Promise<void> {
    for (const name of this.#files.keys()) await this.#write(name, "APPEND");
    this.#isDone = true;
  }

  /** Creates a table, or fills it. A file that cannot be read has none. */
  async #write(name: string, step: "CREATE" | "APPEND"): Promise<void> {
    const { signal } = this.#stop;
    const path = this.#files.get(name)!;
    const target = step === "CREATE"
      ? { ifNotExist: "CREATE", ifExists: "FAIL" } as const
      : { ifNotExist: "FAIL", ifExists: "APPEND" } as const;
    try {
      await using file = await openArrowFile(path);
      const batches = step === "CREATE" ? noBatches() : file.batches;
      const data = { schema: await file.batches.schema, batches };
      await this.#writer.ingest({ table: name, ...target }, data, { signal });
    } catch (error) {
      if (signal.aborted) return;
      this.#files.delete(name);
      const { message } = fileError(path, error) as Error;
      process.stderr.write(
        `flight: no table ${plainText(name)}: ${plainText(message)}\n`,
      );
      // Without it, as on a full disk, an empty table stays.
      if (step === "APPEND") await this.#drop(name).catch(() => {});
    }
  }

  async #drop(name: string): Promise<void> {
    const options = { signal: this.#stop.signal };
    const sql = `DROP TABLE ${quotedName(name)}`;
    const statement = await this.#writer.prepare(sql, options);
    await statement.execute(undefined, options);
    await statement.close();
  }
}

/** Waits as long as a call does. */
async function beforeAbort(
  waiting: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void =>
    reject(
      FlightError.is(signal.reason)
        ? signal.reason
        : new FlightError("CANCELLED", "the call was canceled"),
    );
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    await Promise.race([waiting, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function* noBatches(): AsyncGenerator<never> {}
