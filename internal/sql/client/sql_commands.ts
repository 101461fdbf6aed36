/** Everything that runs statements: a client, and a transaction. */

import type { Schema, TypeMap } from "apache-arrow";
import type { SqlRowOf } from "../../arrow/values/row_types.ts";
import { valueName } from "../../base/value_name.ts";
import type { SubstraitPlan } from "../messages/statement_commands.ts";
import { CallBudget } from "./call_budget.ts";
import { ingest, type SqlIngestOptions } from "./ingest.ts";
import { OnceSource } from "./once_source.ts";
import { prepare, type PreparedStatement } from "./prepared_statement.ts";
import type { SqlContext } from "./sql_context.ts";
import type { SqlCallOptions, SqlQueryOptions } from "./sql_options.ts";
import {
  parameterData,
  rowData,
  type SqlParameters,
  type SqlRows,
  type UploadData,
} from "./sql_parameters.ts";
import { SqlQuery } from "./sql_query.ts";
import type { SqlRow } from "./sql_rows.ts";
import { sql, SqlText } from "./sql_text.ts";
import {
  PlainSource,
  type PlainStatement,
  type StatementSource,
} from "./statement_source.ts";

/** A statement: text, what the tag `sql` made, or a Substrait plan. */
export type SqlStatement = string | SqlText | SubstraitPlan;

/** The methods that run statements: those of a client commit each by itself, those of a transaction do not. */
export abstract class SqlCommands {
  readonly #context: SqlContext;
  readonly #transactionId: () => Uint8Array | undefined;

  /**
   * Runs statements in the transaction that `transactionId` gives.
   *
   * @ignore
   */
  constructor(
    context: SqlContext,
    transactionId: () => Uint8Array | undefined,
  ) {
    this.#context = context;
    this.#transactionId = transactionId;
  }

  /**
   * Makes a query of a template. Values become parameters, which travel beside the text.
   *
   * ```ts ignore
   * const rows = await client.sql<{ title: string }>`
   *   SELECT title FROM albums WHERE artist = ${artist} AND year > ${year}`;
   * ```
   *
   * @param strings The text.
   * @param values The values in it; `identifier`, `list` and `sql` make other parts.
   * @returns The query, which runs when its result is asked for; `execute` runs it for its effect.
   * @throws {TypeError} When it is called as a function.
   */
  sql<Row = SqlRow>(
    strings: TemplateStringsArray,
    ...values: readonly unknown[]
  ): SqlQuery<Row> {
    const source = this.#source(sql(strings, ...values), undefined);
    return new SqlQuery<Row>(this.#context, source);
  }

  /**
   * Makes a query. Nothing happens before its rows are asked for.
   *
   * @param statement The statement.
   * @param parameters Its parameters; an empty array is none. A statement that has some is prepared, run, and closed.
   * @param options Options of the query; with a `schema`, rows have its types.
   * @returns The query.
   * @throws {TypeError} When an argument is of the wrong type.
   */
  query<T extends TypeMap>(
    statement: SqlStatement,
    parameters: SqlParameters | undefined,
    options: SqlQueryOptions<T> & { readonly schema: Schema<T> },
  ): SqlQuery<SqlRowOf<T>, T>;
  /**
   * Makes a query. Nothing happens before its rows are asked for.
   *
   * @param statement The statement.
   * @param parameters Its parameters; an empty array is none. A statement that has some is prepared, run, and closed.
   * @param options Options of the query.
   * @returns The query.
   * @throws {TypeError} When an argument is of the wrong type.
   */
  query<Row = SqlRow>(
    statement: SqlStatement,
    parameters?: SqlParameters,
    options?: SqlQueryOptions,
  ): SqlQuery<Row>;
  query(
    statement: SqlStatement,
    parameters?: SqlParameters,
    options: SqlQueryOptions = {},
  ): SqlQuery<never> {
    return new SqlQuery(
      this.#context,
      this.#source(statement, parameters),
      options,
    );
  }

  /**
   * Runs a statement for its effect: INSERT, UPDATE, DELETE, or a definition.
   *
   * @param statement The statement.
   * @param parameters Its parameters. A table or a batch of many rows runs it for each of them.
   * @param options Options of the calls.
   * @returns The number of rows that it changed; −1 where the server does not know.
   * @throws {FlightError} When it fails.
   * @throws {TypeError} When an argument is of the wrong type.
   */
  async execute(
    statement: SqlStatement,
    parameters?: SqlParameters,
    options: SqlCallOptions = {},
  ): Promise<bigint> {
    const budget = new CallBudget(options);
    return await this.#context.updating(
      this.#source(statement, parameters).update(budget),
    );
  }

  /**
   * Runs a statement for its effect with each of many rows of parameters, in one call and as one execution:
   * with all of them, or with none.
   *
   * @param statement The statement.
   * @param rows The rows, as arrays or as objects, or data. They are taken as fast as the server reads.
   * @param options Options of the calls.
   * @returns The number of rows that were changed, in all; −1 where the server does not know.
   * @throws {FlightError} When it fails.
   * @throws {TypeError} When an argument is of the wrong type.
   */
  async executeMany(
    statement: SqlStatement,
    rows: SqlRows,
    options: SqlCallOptions = {},
  ): Promise<bigint> {
    const plain = this.#plain(statement);
    if (plain.values.length > 0) {
      throw new TypeError(
        "Cannot run a template with values for many rows: write placeholders",
      );
    }
    const source = this.#prepared(
      plain.statement,
      (schema) => rowData(rows, schema, "parameter"),
    );
    return await this.#context.updating(
      source.update(new CallBudget(options)),
    );
  }

  /**
   * Asks for the schema of a query, without running it.
   *
   * @param statement The query.
   * @param options Options of the calls.
   * @returns The schema.
   * @throws {FlightError} When the server does not know it, or the statement is wrong.
   */
  async querySchema<T extends TypeMap>(
    statement: SqlStatement,
    options: SqlCallOptions = {},
  ): Promise<Schema<T>> {
    const source = this.#source(statement, undefined);
    return await source.schema(new CallBudget(options)) as Schema<T>;
  }

  /**
   * Prepares a statement, to be run many times.
   *
   * @param statement The statement.
   * @param options Options of the call.
   * @returns The prepared statement: close it, or declare it with `await using`.
   * @throws {FlightError} When the statement is wrong, or the server cannot prepare it.
   * @throws {TypeError} When it is a template with values.
   */
  async prepare(
    statement: SqlStatement,
    options: SqlCallOptions = {},
  ): Promise<PreparedStatement> {
    const plain = this.#plain(statement);
    if (plain.values.length > 0) {
      throw new TypeError(
        "Cannot prepare a template with values: write placeholders, and give the values to query or execute",
      );
    }
    return await prepare(
      this.#context,
      plain.statement,
      this.#transactionId,
      new CallBudget(options),
    );
  }

  /**
   * Inserts rows into a table, in one call.
   *
   * @param table Name of the table, as it is: neither quoted nor with its schema, which is an option.
   * @param rows Data in one of the forms that DoPut takes, or rows as objects. They are taken as fast as the
   * server reads.
   * @param options The mode, the rest of the name, and options of the call.
   * @returns The number of rows that were inserted; −1 where the server does not know.
   * @throws {FlightError} When it fails; ALREADY_EXISTS or NOT_FOUND where the mode does not fit the table.
   * @throws {TypeError} When an argument is of the wrong type.
   */
  async ingest(
    table: string,
    rows: SqlRows,
    options: SqlIngestOptions = {},
  ): Promise<bigint> {
    return await this.#context.updating(
      ingest(this.#context, table, rows, options, this.#transactionId()),
    );
  }

  #source(
    statement: SqlStatement,
    parameters: SqlParameters | undefined,
  ): StatementSource {
    const plain = this.#plain(statement);
    // To prepare a statement takes two more calls.
    const given = isEmpty(parameters) ? undefined : parameters;
    if (plain.values.length > 0 && given !== undefined) {
      throw new TypeError(
        "Cannot use parameters: the template has its own values",
      );
    }
    const values = plain.values.length > 0 ? plain.values : given;
    if (values === undefined) {
      return new PlainSource(
        this.#context,
        plain.statement,
        this.#transactionId,
      );
    }
    return this.#prepared(
      plain.statement,
      (schema) => parameterData(values, schema),
    );
  }

  #prepared(
    statement: PlainStatement,
    data: (schema: Schema | undefined) => UploadData | undefined,
  ): StatementSource {
    return new OnceSource(
      this.#context,
      (budget) =>
        prepare(this.#context, statement, this.#transactionId, budget),
      data,
    );
  }

  #plain(
    statement: SqlStatement,
  ): { statement: PlainStatement; values: readonly unknown[] } {
    if (typeof statement === "string") return { statement, values: [] };
    if (statement instanceof SqlText) {
      const { text, values } = statement.compile(this.#context.dialect);
      return { statement: text, values };
    }
    if (Array.isArray(statement) && "raw" in statement) {
      throw new TypeError(
        "Only sql is the tag of a template: write client.sql`SELECT …`, or pass sql`…` as the statement",
      );
    }
    const { plan, version } = (statement ?? {}) as Partial<SubstraitPlan>;
    if (plan instanceof Uint8Array && typeof version === "string") {
      return { statement: { plan, version }, values: [] };
    }
    throw new TypeError(
      "A statement must be text, what the tag sql made, or a Substrait plan { plan, version }, " +
        `not ${valueName(statement)}`,
    );
  }
}

/** Tells whether there are no parameters: none are given, or `[]` or `{}`, as stands before options. */
function isEmpty(parameters: SqlParameters | undefined): boolean {
  if (parameters === undefined) return true;
  if (Array.isArray(parameters)) return parameters.length === 0;
  return parameters !== null &&
    Object.getPrototypeOf(parameters) === Object.prototype &&
    Object.keys(parameters).length === 0;
}
