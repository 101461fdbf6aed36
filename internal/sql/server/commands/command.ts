/** Commands: what descriptors, tickets and uploads may have in them. */

import type { Schema } from "apache-arrow";
import type { Source } from "../../../base/source.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { MessageType } from "../../../message/message.ts";
import type { FlightInfoInit } from "../../../protocol/flight_info.ts";
import type { PollInfoInit } from "../../../protocol/poll_info.ts";
import type { Awaitable } from "../../../server/flight_service.ts";
import type { FlightStream } from "../../../stream/flight_stream.ts";
import type { OutgoingData } from "../../../stream/record_batch_source.ts";
import { unpackAny } from "../../messages/any.ts";
import type { SqlCall } from "../call.ts";
import type { FlightSqlHandlers, SqlCallContext } from "../handlers.ts";
import type { CheckedOptions } from "../options.ts";
import type { PreparedStatements } from "../kept/prepared_statements.ts";
import type { SharedState } from "../kept/shared_state.ts";
import type { Results } from "../kept/results.ts";
import type { Plan } from "../kept/plan.ts";
import type { Transactions, TransactionUse } from "../kept/transactions.ts";

/** State for the commands of a service. */
export interface SqlState {
  readonly handlers: FlightSqlHandlers;
  readonly options: CheckedOptions;
  readonly transactions: Transactions;
  readonly statements: PreparedStatements;
  readonly results: Results;
  /** Statements and results that others know too. */
  readonly shared: SharedState | undefined;
}

/** A command that a client has sent. */
export interface Request<T> {
  readonly state: SqlState;
  readonly call: SqlCall;
  /** The command. */
  readonly command: T;
  /** The same as it came, packed. */
  readonly bytes: Uint8Array;
}

/** A statement of a command, and what makes it ready to run. */
export interface Work {
  /** Its transaction, in use. */
  readonly transaction: TransactionUse | undefined;
  /**
   * True if others can make it ready too, without effects and in no transaction: its result need not
   * wait here.
   */
  readonly isRepeatable: boolean;
  /** Name of its parameters in the store. */
  readonly parameters?: string | undefined;
  /** Makes it ready; called once. */
  readonly makePlan: (context: SqlCallContext) => Awaitable<Plan>;
}

/** An entry of the table of commands: what each RPC does with one. */
export interface Command<T> {
  readonly codec: MessageType<T>;
  /**
   * Makes ready the statement of the command, with these parameters if it is prepared and others were
   * bound to it since.
   */
  work?(request: Request<T>, parameters?: string): Promise<Work>;
  /** GetFlightInfo. */
  info?(request: Request<T>): Promise<FlightInfoInit>;
  /** PollFlightInfo. */
  poll?(request: Request<T>): Promise<PollInfoInit>;
  /** GetSchema. */
  schema?(request: Request<T>): Awaitable<Schema>;
  /** DoGet. */
  data?(request: Request<T>): Promise<Source<OutgoingData>>;
  /**
   * DoPut: the metadata of its one PutResult. `mayAnswerEarly` is false where calls that follow are not answered
   * by the table alone.
   */
  put?(
    request: Request<T>,
    upload: FlightStream,
    mayAnswerEarly: boolean,
  ): Promise<Uint8Array>;
  /** RenewFlightEndpoint, of an endpoint whose ticket it is. */
  touch?(request: Request<T>): Promise<void>;
  /** CancelFlightInfo, of an endpoint whose ticket it is. */
  cancel?(request: Request<T>, reason: FlightError): Promise<void>;
}

/** An entry for a command of any kind. */
// deno-lint-ignore no-explicit-any -- each decodes what it takes
export type AnyCommand = Command<any>;

/** A command that was found in the table. */
interface FoundCommand {
  readonly entry: AnyCommand;
  readonly request: Request<unknown>;
}

/**
 * Finds what a client has sent in a table.
 *
 * @param table The commands by name.
 * @param bytes What the client has sent; `undefined` for no bytes at all.
 * @returns The command; `undefined` where it is none of Flight SQL.
 * @throws {FlightError} INVALID_ARGUMENT when it is malformed.
 */
export function findCommand(
  table: ReadonlyMap<string, AnyCommand>,
  bytes: Uint8Array | undefined,
  state: SqlState,
  call: SqlCall,
): FoundCommand | undefined {
  const any = bytes && unpackAny(bytes);
  const entry = any && table.get(any.name);
  if (!entry) return undefined;
  const command = entry.codec.decode(any.value);
  return { entry, request: { state, call, command, bytes: bytes! } };
}

/** The error for a descriptor or a ticket that the table has not, or not for this RPC. */
export function unknownCommand(bytes: Uint8Array | undefined): FlightError {
  const name = bytes && unpackAny(bytes)?.name;
  return new FlightError(
    "INVALID_ARGUMENT",
    name === undefined
      ? "this is no command of Flight SQL: it is not in a google.protobuf.Any " +
        "(a statement in SQL needs a client of Flight SQL)"
      : `this is not a command that can be used here: ${shownName(name)}`,
  );
}

/** The same for GetSchema and DoPut, to which commands may be added: C++ tells them apart. */
export function unsupportedCommand(
  bytes: Uint8Array | undefined,
): FlightError {
  const name = bytes && unpackAny(bytes)?.name;
  return name === undefined ? unknownCommand(bytes) : new FlightError(
    "UNIMPLEMENTED",
    `the service does not implement this command here: ${shownName(name)}`,
  );
}

/** A name is what a client has sent: anything, of any length. */
function shownName(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
