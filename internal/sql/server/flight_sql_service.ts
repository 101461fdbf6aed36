/** A Flight SQL service. */

import { type Iterables, toSource } from "../../base/source.ts";
import { SourceIterable } from "./source_iterable.ts";
import type { FlightCallContext } from "../../interceptors/call_context.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { FlightDescriptor } from "../../protocol/flight_descriptor.ts";
import type { SchemaInit } from "../../protocol/flight_info.ts";
import type { HandshakeRequest } from "../../protocol/handshake.ts";
import type { PutResultInit } from "../../protocol/put_result.ts";
import type { Awaitable, FlightService } from "../../server/flight_service.ts";
import type { FlightDataInit } from "../../stream/record_batch_source.ts";
import { isSqlAction, runAction, SQL_ACTION_TYPES } from "./actions.ts";
import { sqlCall, unimplemented } from "./call.ts";
import { cancelInfo, renewEndpoint } from "./cancel.ts";
import { checkHandlers } from "./check_handlers.ts";
import {
  type AnyCommand,
  findCommand,
  type Request,
  type SqlState,
  unknownCommand,
  unsupportedCommand,
} from "./commands/command.ts";
import { COMMANDS } from "./commands/commands.ts";
import type { FlightSqlHandlers, SqlTransaction } from "./handlers.ts";
import { checkedOptions, type FlightSqlOptions } from "./options.ts";
import { PreparedStatements } from "./kept/prepared_statements.ts";
import { Results } from "./kept/results.ts";
import { SharedState } from "./kept/shared_state.ts";
import {
  closeSession,
  endAll,
  getSessionOptions,
  setSessionOptions,
} from "./sessions.ts";
import { sqlInfoOfService } from "./commands/sql_info_command.ts";
import { Transactions } from "./kept/transactions.ts";

/** A Flight SQL service: what `serve` and `connectInMemory` take. */
export interface FlightSqlService extends FlightService, AsyncDisposable {
  /**
   * Ends all results, statements and transactions, which are rolled back, and closes the handlers. A server
   * that `serve` has started does it when it is shut down; in memory it is up to the program.
   *
   * @returns Resolves when everything has ended.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a service out of the operations that it supports.
 *
 * Everything a client names by a handle, such as statements, transactions and results, belongs to the identity
 * that authentication has found, and to the session where there is one; to others it does not exist. It ends when
 * it was not used for a time, with its session, and with the server.
 *
 * ```ts
 * import { serve } from "@contrail/flight/server";
 * import { flightSqlService } from "@contrail/flight/sql/server";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const cities = tableFromArrays({ name: ["Oslo", "Lima"] });
 * await using server = await serve(flightSqlService({
 *   query: () => cities,
 *   tables: () => [{ name: "cities", type: "TABLE", tableSchema: cities.schema }],
 *   sqlInfo: { name: "Cities", version: "1.0" },
 * }));
 * ```
 *
 * @typeParam T The transactions of the handlers.
 * @param handlers The operations; those that are missing answer UNIMPLEMENTED.
 * @param options Times, bounds, and a service for everything else.
 * @returns The service; `{ ...flightSqlService(handlers), doExchange }` adds to it.
 * @throws {TypeError} When a handler is no function, or an option or SqlInfo is of the wrong type.
 * @throws {RangeError} When an option is out of its range.
 */
export function flightSqlService<T extends SqlTransaction = SqlTransaction>(
  handlers: FlightSqlHandlers<T>,
  options: FlightSqlOptions = {},
): FlightSqlService {
  const checked = checkedOptions(options);
  // A transaction comes back to the handlers that gave it.
  const known = checkHandlers(handlers) as unknown as FlightSqlHandlers;
  const { sqlInfo } = known;
  if (typeof sqlInfo !== "function") sqlInfoOfService(known, checked, sqlInfo);
  const transactions = new Transactions(known, checked);
  const { store, statementTimeoutMs, resultTimeoutMs } = checked;
  const shared = store &&
    new SharedState(store, statementTimeoutMs, resultTimeoutMs);
  const state: SqlState = {
    handlers: known,
    options: checked,
    transactions,
    statements: new PreparedStatements(checked, transactions, known, shared),
    results: new Results(checked),
    shared,
  };
  const { fallback } = checked;
  const end = async (): Promise<void> => {
    const reason = new FlightError("UNAVAILABLE", "the server is shut down");
    await endAll(state, () => true, reason);
    await known.close?.();
  };
  const getFlightInfo: FlightService["getFlightInfo"] = (descriptor, context) =>
    answer({
      bytes: bytesOf(descriptor),
      context,
      state,
      wrong: unknownCommand,
      run: (entry, request) => entry.info?.(request),
      otherwise: fallback?.getFlightInfo &&
        (() => fallback.getFlightInfo!(descriptor, context)),
    });
  const doGet: FlightService["doGet"] = (ticket, context) =>
    answer<FlightDataInit | undefined>({
      bytes: ticket.ticket,
      context,
      state,
      wrong: unknownCommand,
      run: (entry, request) =>
        entry.data?.(request).then((source) => new SourceIterable(source)),
      otherwise: fallback?.doGet && (() => fallback.doGet!(ticket, context)),
    });
  return {
    handshake: acknowledge,
    ...(fallback && otherMethods(fallback)),
    getFlightInfo,
    pollFlightInfo: (descriptor, context) =>
      answer({
        bytes: bytesOf(descriptor),
        context,
        state,
        wrong: unknownCommand,
        run: (entry, request) => entry.poll?.(request),
        otherwise: fallback?.pollFlightInfo &&
          (() => fallback.pollFlightInfo!(descriptor, context)),
      }),
    getSchema: (descriptor, context) =>
      answer<SchemaInit | undefined>({
        bytes: bytesOf(descriptor),
        context,
        state,
        wrong: unsupportedCommand,
        run: (entry, request) => entry.schema?.(request),
        otherwise: fallback?.getSchema &&
          (() => fallback.getSchema!(descriptor, context)),
      }),
    doGet,
    async doPut(upload, context) {
      // A program that answers one of these by itself must see every query.
      const mayAnswerEarly = this?.getFlightInfo === getFlightInfo &&
        this.doGet === doGet;
      const descriptor = await upload.descriptor;
      if (descriptor === undefined && !fallback?.doPut) throw noMessage();
      return await answer<Iterables<PutResultInit> | void>({
        bytes: descriptor && bytesOf(descriptor),
        context,
        state,
        wrong: unsupportedCommand,
        run: (entry, request) =>
          entry.put?.(request, upload, mayAnswerEarly)
            .then((appMetadata) => [{ appMetadata }]),
        otherwise: fallback?.doPut && (() => fallback.doPut!(upload, context)),
      });
    },
    async doAction(action, context) {
      if (isSqlAction(action)) {
        const body = await runAction(action, state, sqlCall(context));
        return body === undefined ? [] : [{ body }];
      }
      if (fallback?.doAction) return await fallback.doAction(action, context);
      throw unimplemented(
        `action ${JSON.stringify(action.type.slice(0, 200))}`,
      );
    },
    async *listActions(context) {
      yield* SQL_ACTION_TYPES;
      if (!fallback?.listActions) return;
      const known = new Set(SQL_ACTION_TYPES.map(({ type }) => type));
      const others = toSource(await fallback.listActions(context));
      for (;;) {
        const other = await others.read();
        if (other === undefined) return;
        if (!known.has(other.type)) yield other;
      }
    },
    cancelFlightInfo: (info, context) =>
      cancelInfo(
        info,
        state,
        sqlCall(context),
        fallback?.cancelFlightInfo &&
          (() => fallback.cancelFlightInfo!(info, context)),
      ),
    renewFlightEndpoint: (endpoint, context) =>
      renewEndpoint(
        endpoint,
        state,
        sqlCall(context),
        fallback?.renewFlightEndpoint &&
          (() => fallback.renewFlightEndpoint!(endpoint, context)),
      ),
    setSessionOptions: (sessionOptions, context) =>
      setSessionOptions(sessionOptions, state, sqlCall(context)),
    getSessionOptions,
    closeSession: (context) => closeSession(state, sqlCall(context)),
    onShutdown: end,
    [Symbol.asyncDispose]: end,
  };
}

/** A call whose command is looked up in the table. */
interface Question<R> {
  readonly bytes: Uint8Array | undefined;
  readonly context: FlightCallContext;
  readonly state: SqlState;
  /** The error for a command that the table has not, or not for this RPC. */
  readonly wrong: (bytes: Uint8Array | undefined) => FlightError;
  /** Runs an entry; `undefined` where it has nothing for this RPC. */
  readonly run: (
    entry: AnyCommand,
    request: Request<unknown>,
  ) => Awaitable<R> | undefined;
  /** Answers what is not of Flight SQL. */
  readonly otherwise: (() => Awaitable<R>) | undefined;
}

async function answer<R>(question: Question<R>): Promise<R> {
  const { bytes, context, state, wrong, run, otherwise } = question;
  const found = findCommand(COMMANDS, bytes, state, sqlCall(context));
  if (found === undefined && otherwise) return await otherwise();
  const outcome = found && run(found.entry, found.request);
  if (outcome === undefined) throw wrong(bytes);
  return await outcome;
}

/**
 * Ends a Handshake that the interceptors have let pass. JDBC and ODBC make one even with a token that they have
 * already, and take the header of the answer for all other calls.
 */
function acknowledge(
  _requests: ReadableStream<HandshakeRequest>,
  { headers, responseHeaders }: FlightCallContext,
): [] {
  const authorization = headers.get("authorization");
  if (typeof authorization === "string") {
    responseHeaders.set("authorization", authorization);
  }
  return [];
}

/** The error for an upload without a message: drivers begin none for data without record batches. */
function noMessage(): FlightError {
  return new FlightError(
    "INVALID_ARGUMENT",
    "the upload has no descriptor, and so no command of Flight SQL: its client sent no message " +
      "(ADBC sends none for data without record batches; one without rows is enough)",
  );
}

/** The bytes of a descriptor that may have a command in it. */
function bytesOf(descriptor: FlightDescriptor): Uint8Array | undefined {
  return descriptor.type === "CMD" ? descriptor.cmd : undefined;
}

/** The methods of another service that have no meaning in Flight SQL. */
function otherMethods(fallback: FlightService): FlightService {
  return {
    ...(fallback.handshake && {
      handshake: (requests, context) => fallback.handshake!(requests, context),
    }),
    ...(fallback.listFlights && {
      listFlights: (criteria, context) =>
        fallback.listFlights!(criteria, context),
    }),
    ...(fallback.doExchange && {
      doExchange: (input, context) => fallback.doExchange!(input, context),
    }),
  };
}
