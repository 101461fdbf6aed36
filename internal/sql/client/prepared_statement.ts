/** Statements that the server keeps, to be run with many parameters. */

import type { Schema, TypeMap } from "apache-arrow";
import type { SqlRowOf } from "../../arrow/values/row_types.ts";
import { equalBytes } from "../../base/bytes.ts";
import { Exclusive } from "../../base/exclusive.ts";
import { ticketOfDelivered } from "../../stream/delivered_data.ts";
import type { FlightCallOptions } from "../../core/call_options.ts";
import { FlightError } from "../../core/flight_error.ts";
import { malformedAnswer } from "../../core/malformed_answer.ts";
import { decodeSchema } from "../../ipc/decode_schema.ts";
import { commandDescriptor } from "../../protocol/flight_descriptor.ts";
import { flightInfoCodec } from "../../protocol/flight_info.ts";
import { withInfoSchema } from "../../stream/info_schema.ts";
import {
  actionClosePreparedStatementRequest,
  actionCreatePreparedStatementRequest,
  type ActionCreatePreparedStatementResult,
  actionCreatePreparedStatementResult,
  actionCreatePreparedSubstraitPlanRequest,
} from "../messages/prepared_statement_actions.ts";
import {
  type DoPutPreparedStatementResult,
  doPutPreparedStatementResult,
} from "../messages/put_results.ts";
import {
  commandPreparedStatementQuery,
  commandPreparedStatementUpdate,
} from "../messages/statement_commands.ts";
import { CallBudget } from "./call_budget.ts";
import { act, actForResult, packed, recordCount } from "./sql_answers.ts";
import type { SqlContext } from "./sql_context.ts";
import type { SqlCallOptions, SqlQueryOptions } from "./sql_options.ts";
import {
  NO_DATA,
  parameterData,
  rowData,
  type SqlParameters,
  type SqlRows,
  type UploadData,
} from "./sql_parameters.ts";
import { SqlQuery } from "./sql_query.ts";
import type { SqlRow } from "./sql_rows.ts";
import {
  type NextCall,
  type PlainStatement,
  type StartedStatement,
  type StatementSource,
  upload,
} from "./statement_source.ts";

/** Makes a source of a statement and its parameters. */
export let sourceOf: (
  statement: PreparedStatement,
  data: () => UploadData | undefined,
) => StatementSource;

/** Answers to calls that follow, which the server has given already. */
type Early = Pick<StartedStatement, "info" | "isDelivered">;

/** Gives the transaction of a statement; throws when that has ended. */
type TransactionId = () => Uint8Array | undefined;

/**
 * A prepared statement. Close it, or declare it with `await using`: the server keeps it until then.
 *
 * It may be run many times, and several runs may be under way: those that bind parameters wait for each
 * other until the rows of the one before begin to come.
 */
export class PreparedStatement implements AsyncDisposable {
  /** The schema of the rows, as far as the server knows it; `undefined` for a statement without rows. */
  readonly datasetSchema: Schema | undefined;
  /** The parameters in their order; `undefined` where the server does not say. */
  readonly parameterSchema: Schema | undefined;
  /** True if the statement is run as an update; `undefined` where the server does not say. */
  readonly isUpdate: boolean | undefined;
  readonly #context: SqlContext;
  readonly #transactionId: TransactionId;
  readonly #binding = new Exclusive();
  readonly #handles: Uint8Array[];
  #isClosed = false;

  static {
    sourceOf = (statement, data) => statement.#source(data);
  }

  /**
   * Keeps what the server has answered.
   *
   * @ignore
   */
  constructor(
    context: SqlContext,
    result: ActionCreatePreparedStatementResult,
    transactionId: TransactionId,
  ) {
    this.#context = context;
    this.#transactionId = transactionId;
    this.#handles = [result.preparedStatementHandle];
    this.datasetSchema = schemaOf(result.datasetSchema);
    this.parameterSchema = schemaOf(result.parameterSchema);
    this.isUpdate = result.isUpdate;
  }

  /** The handle of the statement; a server may give another one each time that parameters are bound. */
  get handle(): Uint8Array {
    return this.#handles.at(-1)!;
  }

  /**
   * Makes a query of the statement; nothing happens before its rows are asked for.
   *
   * @param parameters The parameters of the run. A table or a batch of many rows runs it for each of them.
   * @param options Options of the query; with a `schema`, rows have its types.
   * @returns The query.
   * @throws {TypeError} When an option is of the wrong type.
   */
  query<T extends TypeMap>(
    parameters: SqlParameters | undefined,
    options: SqlQueryOptions<T> & { readonly schema: Schema<T> },
  ): SqlQuery<SqlRowOf<T>, T>;
  /**
   * Makes a query of the statement; nothing happens before its rows are asked for.
   *
   * @param parameters The parameters of the run. A table or a batch of many rows runs it for each of them.
   * @param options Options of the query.
   * @returns The query.
   * @throws {TypeError} When an option is of the wrong type.
   */
  query<Row = SqlRow>(
    parameters?: SqlParameters,
    options?: SqlQueryOptions,
  ): SqlQuery<Row>;
  query(
    parameters?: SqlParameters,
    options: SqlQueryOptions = {},
  ): SqlQuery<never> {
    const data = () => parameterData(parameters, this.parameterSchema);
    return new SqlQuery(this.#context, this.#source(data), options);
  }

  /**
   * Runs the statement for its effect.
   *
   * @param parameters The parameters of the run. A table or a batch of many rows runs it for each of them.
   * @param options Options of the calls.
   * @returns The number of rows that were changed, in all; −1 where the server does not know.
   * @throws {FlightError} When it fails.
   * @throws {TypeError} When the parameters are not what the statement expects.
   */
  async execute(
    parameters?: SqlParameters,
    options: SqlCallOptions = {},
  ): Promise<bigint> {
    const data = () => parameterData(parameters, this.parameterSchema);
    return await this.#context.updating(
      this.#source(data).update(new CallBudget(options)),
    );
  }

  /**
   * Runs the statement for its effect with each of many rows of parameters, in one call and as one execution:
   * with all of them, or with none.
   *
   * @param rows The rows, as arrays or as objects, or data. They are taken as fast as the server reads.
   * @param options Options of the calls.
   * @returns The number of rows that were changed, in all; −1 where the server does not know.
   * @throws {FlightError} When it fails.
   * @throws {TypeError} When the parameters are not what the statement expects.
   */
  async executeMany(
    rows: SqlRows,
    options: SqlCallOptions = {},
  ): Promise<bigint> {
    const data = () => rowData(rows, this.parameterSchema, "parameter");
    return await this.#context.updating(
      this.#source(data).update(new CallBudget(options)),
    );
  }

  /**
   * Asks for the schema of the rows, which may depend on the parameters.
   *
   * @param parameters The parameters that are bound first; none by default.
   * @param options Options of the calls.
   * @returns The schema.
   * @throws {FlightError} When the server does not know it.
   */
  async schema<T extends TypeMap>(
    parameters?: SqlParameters,
    options: SqlCallOptions = {},
  ): Promise<Schema<T>> {
    const data = () =>
      parameters === undefined
        ? undefined
        : parameterData(parameters, this.parameterSchema);
    const source = this.#source(data);
    return await source.schema(new CallBudget(options)) as Schema<T>;
  }

  /**
   * Has the server forget the statement; a second time, or when it has forgotten it already, does nothing.
   *
   * @param options Options of the calls.
   * @returns Resolves when it is forgotten.
   * @throws {FlightError} When the server cannot be reached, or refuses.
   */
  async close(options: SqlCallOptions = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const budget = new CallBudget(options);
    const [first, ...others] = this.#handles;
    // The newest is the statement; the server may have kept the first one for those who do not know that.
    const newest = others.at(-1);
    if (newest !== undefined) {
      await this.#closeHandle(newest, budget).catch(ignoring("NOT_FOUND"));
    }
    const unknown = newest === undefined
      ? ignoring("NOT_FOUND")
      : ignoring("NOT_FOUND", "INVALID_ARGUMENT");
    await this.#closeHandle(first!, budget).catch(unknown);
  }

  /**
   * Closes the statement. One that cannot be closed is left to expire, so that the error of a block that ends
   * is its own.
   *
   * @returns Resolves when the statement is forgotten, or left to expire.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }

  #closeHandle(
    preparedStatementHandle: Uint8Array,
    { options }: CallBudget,
  ): Promise<void> {
    return act(
      this.#context.flight,
      "ClosePreparedStatement",
      packed(actionClosePreparedStatementRequest, { preparedStatementHandle }),
      options,
    );
  }

  #source(data: () => UploadData | undefined): StatementSource {
    return {
      start: (budget, next) => this.#start(data, budget, next),
      update: (budget) => this.#update(data, budget),
      schema: (budget) => this.#schema(data, budget),
    };
  }

  /** True if the server wants the statement to be run as an update. */
  get #runsAsUpdate(): boolean {
    return this.isUpdate === true && !this.datasetSchema?.fields.length;
  }

  async #start(
    data: () => UploadData | undefined,
    budget: CallBudget,
    next: NextCall,
  ): Promise<StartedStatement> {
    this.#check();
    if (this.#runsAsUpdate) {
      await this.#update(data, budget);
      return { descriptor: undefined, opened: () => {}, ended: () => {} };
    }
    const { release, ...early } = await this.#bind(
      data(),
      budget.options,
      next,
    );
    return {
      descriptor: this.#descriptor(commandPreparedStatementQuery),
      ...early,
      opened: release,
      ended: release,
    };
  }

  async #update(
    data: () => UploadData | undefined,
    budget: CallBudget,
  ): Promise<bigint> {
    this.#check();
    const parameters = data() ?? NO_DATA;
    return recordCount(
      await upload(
        this.#context,
        this.#descriptor(commandPreparedStatementUpdate),
        parameters,
        budget.options,
        parameters === NO_DATA,
      ),
    );
  }

  async #schema(
    data: () => UploadData | undefined,
    budget: CallBudget,
  ): Promise<Schema> {
    this.#check();
    const { release } = await this.#bind(data(), budget.options, "other");
    try {
      return await this.#context.flight.getSchema(
        this.#descriptor(commandPreparedStatementQuery),
        budget.options,
      );
    } finally {
      release();
    }
  }

  /**
   * Sends parameters, which the server keeps until the next ones.
   *
   * @returns A function that lets others bind theirs, and what the server has answered early.
   */
  async #bind(
    parameters: UploadData | undefined,
    options: FlightCallOptions,
    next: NextCall,
  ): Promise<{ readonly release: () => void } & Early> {
    if (parameters === undefined) return { release: () => {} };
    await this.#binding.take();
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#binding.release();
    };
    try {
      options.signal?.throwIfAborted();
      const [answer] = await upload(
        this.#context,
        commandDescriptor(packed(commandPreparedStatementQuery, {
          preparedStatementHandle: this.handle,
          ...(next !== "other" && { wantsInfo: true }),
          ...(next === "rows" && { wantsRows: true }),
        })),
        parameters,
        options,
      );
      return { release, ...this.#adopt(answer?.appMetadata) };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Takes the handle that replaces the one before, where there is one, and gives the rest of the answer. */
  #adopt(answer: Uint8Array | undefined): Early {
    if (answer === undefined) return {};
    let result: DoPutPreparedStatementResult;
    let early: Early;
    try {
      result = doPutPreparedStatementResult.decode(answer);
      early = earlyOf(result);
    } catch (error) {
      throw malformedAnswer(error, "DoPut");
    }
    const { preparedStatementHandle: handle } = result;
    if (handle?.byteLength && !equalBytes(handle, this.handle)) {
      this.#handles.splice(1, Infinity, handle);
    }
    return early;
  }

  #descriptor(
    codec:
      | typeof commandPreparedStatementQuery
      | typeof commandPreparedStatementUpdate,
  ): ReturnType<typeof commandDescriptor> {
    return commandDescriptor(
      packed(codec, { preparedStatementHandle: this.handle }),
    );
  }

  #check(): void {
    this.#transactionId();
    if (!this.#isClosed) return;
    throw new FlightError(
      "FAILED_PRECONDITION",
      "the prepared statement has been closed",
    );
  }
}

/**
 * Prepares a statement.
 *
 * @param context The client.
 * @param statement The statement.
 * @param transactionId Gives the transaction it belongs to.
 * @param budget Options of the call.
 */
export async function prepare(
  context: SqlContext,
  statement: PlainStatement,
  transactionId: TransactionId,
  budget: CallBudget,
): Promise<PreparedStatement> {
  const [type, body] = typeof statement === "string"
    ? [
      "CreatePreparedStatement",
      packed(actionCreatePreparedStatementRequest, {
        query: statement,
        transactionId: transactionId(),
      }),
    ]
    : [
      "CreatePreparedSubstraitPlan",
      packed(actionCreatePreparedSubstraitPlanRequest, {
        plan: statement,
        transactionId: transactionId(),
      }),
    ];
  const result = await actForResult(
    context.flight,
    type!,
    body!,
    actionCreatePreparedStatementResult,
    budget.options,
  );
  return new PreparedStatement(context, result, transactionId);
}

/** Finds such answers in the answer to parameters. */
function earlyOf({ info, rows }: DoPutPreparedStatementResult): Early {
  if (rows.length > 0) {
    const endpoint = { ticket: ticketOfDelivered(rows), locations: [] };
    return {
      info: { endpoints: [endpoint], ordered: true },
      isDelivered: true,
    };
  }
  return info === undefined
    ? {}
    : { info: withInfoSchema(flightInfoCodec.decode(info), "client") };
}

/** The schema in the answer of a server; some send no bytes where they have none. */
function schemaOf(encoded: Uint8Array | undefined): Schema | undefined {
  if (!encoded?.byteLength) return undefined;
  try {
    return decodeSchema(encoded);
  } catch (error) {
    throw malformedAnswer(error, "DoAction");
  }
}

/** Takes errors of the given codes for success. */
function ignoring(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!FlightError.is(error) || !codes.includes(error.code)) throw error;
  };
}
