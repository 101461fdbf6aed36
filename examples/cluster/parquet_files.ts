/**
 * Three million flights as Parquet files, written by DuckDB.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { installPackage } from "../../tools/install_package.ts";
// Only so that Deno installs the package.
import "vega-datasets";

const FLIGHTS = fileURLToPath(
  new URL("../data/flights-3m.parquet", import.meta.resolve("vega-datasets")),
);

/** More files than task slots, so that the slots stay busy. */
const FILES = 8;

/** The part of DuckDB's package that is used here. */
interface DuckdbPackage {
  readonly DuckDBInstance: { create(path: string): Promise<DuckdbInstance> };
}

interface DuckdbInstance {
  connect(): Promise<DuckdbConnection>;
  closeSync(): void;
}

interface DuckdbConnection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>;
  closeSync(): void;
}

/** The files, and DuckDB as a second opinion on what is in them. */
export class ParquetFiles implements Disposable {
  /** The folder with the files; its name ends with a slash. */
  readonly folder: string;
  readonly #instance: DuckdbInstance;
  readonly #connection: DuckdbConnection;

  private constructor(
    folder: string,
    instance: DuckdbInstance,
    connection: DuckdbConnection,
  ) {
    this.folder = folder;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Writes the files into an empty folder. */
  static async write(folder: string): Promise<ParquetFiles> {
    const { DuckDBInstance } = await installPackage(
      "@duckdb/node-api",
      "1.5.6-r.1",
      "duckdb",
    ) as DuckdbPackage;
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await mkdir(folder);
    const files = new ParquetFiles(`${folder}/`, instance, connection);
    await connection.run(
      `CREATE TABLE flights AS
         SELECT "date", delay, distance, origin, destination
         FROM read_parquet('${quoted(FLIGHTS)}')`,
    );
    for (let part = 0; part < FILES; part++) {
      await connection.run(
        `COPY (SELECT * FROM flights WHERE rowid % ${FILES} = ${part})
         TO '${quoted(folder)}/part-${part}.parquet' (FORMAT parquet)`,
      );
    }
    await connection.run("DROP TABLE flights");
    await connection.run(
      `CREATE VIEW flights AS
         SELECT * FROM read_parquet('${quoted(folder)}/*.parquet')`,
    );
    return files;
  }

  /** The rows of a query, by DuckDB. */
  async query(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRows();
  }

  /** Closes DuckDB. The files stay. */
  [Symbol.dispose](): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
