/**
 * Tables as Parquet files, which DuckDB writes and reads as well, and queries that mean the same to both engines.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { connectInMemory } from "../../../memory.ts";
import { duckdb } from "../../../duckdb.ts";
import { database, flightSqlService } from "../../../sql_server.ts";
import { flightSql, type FlightSqlClient } from "../../../sql.ts";
import { api } from "../../duckdb/duckdb_package.ts";

const ROWS = 40_000;
const FILES = 8;

/** Tables by their names: each is a folder of files. */
const TABLES: Readonly<Record<string, string>> = {
  orders: `SELECT i::BIGINT AS id, (i * 7919 % 1000)::INTEGER AS customer,
    (i % 9973 / 100)::DECIMAL(12, 2) AS price,
    CASE WHEN i % 11 = 0 THEN NULL ELSE 'item ' || (i % 50) END AS item,
    DATE '2020-01-01' + (i % 700)::INTEGER AS day,
    (i % 1000) * 0.25::DOUBLE AS weight, i % 3 = 0 AS express
    FROM range(${ROWS}) t(i)`,
  customers: `SELECT i::INTEGER AS id, 'customer ' || i AS name,
    CASE i % 4 WHEN 0 THEN 'north' WHEN 1 THEN 'south' WHEN 2 THEN 'east' END AS region
    FROM range(1000) t(i)`,
  nested: `SELECT i::BIGINT AS id, [i, i + 1, NULL]::BIGINT[] AS list,
    {'a': i::INTEGER, 'b': 'text ' || i} AS pair,
    CASE WHEN i % 5 = 0 THEN NULL ELSE ['x' || i] END AS texts,
    (i * 1.001)::DECIMAL(20, 4) AS amount FROM range(500) t(i)`,
};

/** Queries by what they are about. */
export const QUERIES: Readonly<Record<string, string>> = {
  "all rows": "SELECT * FROM orders",
  "some columns": "SELECT id, price, item FROM orders WHERE id < 5000",
  "an order": "SELECT id, weight FROM orders ORDER BY weight DESC, id LIMIT 50",
  "a page": "SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 39990",
  "a count": "SELECT count(*) AS n, count(item) AS items FROM orders",
  "decimals":
    "SELECT sum(price) AS s, min(price) AS a, max(price) AS b FROM orders",
  "averages": "SELECT avg(weight) AS a, avg(id) AS b FROM orders",
  "groups":
    "SELECT item, count(*) AS n, sum(price) AS s FROM orders GROUP BY item",
  "groups with a condition":
    "SELECT customer, count(*) AS n FROM orders GROUP BY customer HAVING count(*) > 40",
  "distinct values": "SELECT DISTINCT region FROM customers",
  "a join":
    "SELECT c.region, count(*) AS n FROM orders o JOIN customers c ON o.customer = c.id GROUP BY c.region",
  "a left join":
    "SELECT c.id, o.id AS o FROM customers c LEFT JOIN orders o ON o.id = c.id * 100000 WHERE c.id < 20",
  "a semi join":
    "SELECT name FROM customers WHERE id IN (SELECT customer FROM orders WHERE price > 99.5)",
  "a window":
    "SELECT id, sum(price) OVER (PARTITION BY customer ORDER BY id) AS s FROM orders WHERE customer < 5",
  "a rank":
    "SELECT id, row_number() OVER (PARTITION BY region ORDER BY id) AS n FROM customers WHERE id < 100",
  "a union":
    "SELECT id FROM orders WHERE id < 5 UNION ALL SELECT id FROM customers WHERE id > 995",
  "dates":
    "SELECT day, count(*) AS n FROM orders GROUP BY day ORDER BY day LIMIT 30",
  "booleans and nulls":
    "SELECT express, item IS NULL AS missing, count(*) AS n FROM orders GROUP BY express, item IS NULL",
  "nested columns": "SELECT * FROM nested",
  "an empty result": "SELECT * FROM orders WHERE id < 0",
  "a common table expression":
    "WITH best AS (SELECT customer, sum(price) AS s FROM orders GROUP BY customer) SELECT count(*) AS n, max(s) AS m FROM best",
};

/** The part of DuckDB's package that writes files, which our server does not let clients do. */
interface Instance {
  connect(): Promise<{
    run(sql: string): Promise<unknown>;
    closeSync(): void;
  }>;
}

/** The tables, and DuckDB as a second opinion. */
export class Tables implements AsyncDisposable {
  readonly folder: string;
  /** DuckDB, by the same client, so that values have the same forms. */
  readonly client: FlightSqlClient;
  readonly #service: AsyncDisposable;

  private constructor(
    folder: string,
    client: FlightSqlClient,
    service: AsyncDisposable,
  ) {
    this.folder = folder;
    this.client = client;
    this.#service = service;
  }

  /** Writes the files below a folder. */
  static async write(folder: string): Promise<Tables> {
    const instance = await api.DuckDBInstance.create(":memory:");
    const connection = await (instance as unknown as Instance).connect();
    const service = flightSqlService(
      database(
        duckdb(instance, { externalAccess: true }),
      ),
    );
    const client = flightSql(connectInMemory(service));
    for (const [name, query] of Object.entries(TABLES)) {
      await mkdir(`${folder}/${name}`);
      for (let part = 0; part < FILES; part++) {
        await connection.run(
          `COPY (SELECT * FROM (${query}) WHERE id % ${FILES} = ${part})
           TO '${folder}/${name}/${part}.parquet' (FORMAT parquet)`,
        );
      }
      await connection.run(
        `CREATE VIEW ${name} AS SELECT * FROM read_parquet('${folder}/${name}/*.parquet')`,
      );
    }
    connection.closeSync();
    return new Tables(folder, client, service);
  }

  /** The statements by which Ballista knows the tables. */
  get definitions(): string[] {
    return Object.keys(TABLES).map((name) =>
      `CREATE EXTERNAL TABLE ${name} STORED AS PARQUET LOCATION '${this.folder}/${name}/'`
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.#service[Symbol.asyncDispose]();
  }
}

/** Rows in a form to compare: in any order, and with numbers of any type. */
export function comparable(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.values(row).map(plain)))
    .toSorted();
}

function plain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint" || typeof value === "number") {
    return number(Number(value));
  }
  if (typeof value === "string") {
    return /^-?\d+(?:\.\d+)?$/.test(value) ? number(Number(value)) : value;
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as Iterable<unknown>, plain);
  }
  return Object.values(value as object).map(plain);
}

/** Sums of doubles depend on their order. */
function number(value: number): string {
  return value.toPrecision(10);
}
