/** Commands and actions of Flight SQL, as clients send them to a gateway, and as a backend gets them. */

import type { MessageType } from "../message/message.ts";
import {
  commandDescriptor,
  type FlightDescriptor,
} from "../protocol/flight_descriptor.ts";
import { any, packAny, unpackAny } from "../sql/messages/any.ts";
import { commandStatementIngest } from "../sql/messages/ingest.ts";
import {
  actionClosePreparedStatementRequest,
  actionCreatePreparedStatementRequest,
  actionCreatePreparedStatementResult,
  actionCreatePreparedSubstraitPlanRequest,
} from "../sql/messages/prepared_statement_actions.ts";
import {
  commandPreparedStatementQuery,
  commandPreparedStatementUpdate,
  commandStatementQuery,
  commandStatementSubstraitPlan,
  commandStatementUpdate,
} from "../sql/messages/statement_commands.ts";
import {
  actionBeginSavepointRequest,
  actionBeginSavepointResult,
  actionBeginTransactionResult,
  actionEndSavepointRequest,
  actionEndTransactionRequest,
} from "../sql/messages/transaction_actions.ts";
import type { GatewayEngine } from "./engine/engine.ts";
import { decodedAnswer } from "./errors.ts";
import {
  type Handles,
  type Held,
  type HeldKind,
  NOTHING_HELD,
} from "./handles.ts";
import { isReading } from "./sql_text.ts";

/** Handles in a message, by their keys. */
type HandleKeys = readonly (readonly [key: string, kind: HeldKind])[];

/** A message with handles. */
interface Entry {
  // deno-lint-ignore no-explicit-any -- messages of any kind
  readonly codec: MessageType<any>;
  readonly handles: HandleKeys;
}

const STATEMENT: HandleKeys = [["preparedStatementHandle", "statement"]];
const TRANSACTION: HandleKeys = [["transactionId", "transaction"]];
const SAVEPOINT: HandleKeys = [["savepointId", "savepoint"]];

/** Messages that clients send. */
const REQUESTS = byName([
  [commandStatementQuery, TRANSACTION],
  [commandStatementUpdate, TRANSACTION],
  [commandStatementSubstraitPlan, TRANSACTION],
  [commandStatementIngest, TRANSACTION],
  [commandPreparedStatementQuery, STATEMENT],
  [commandPreparedStatementUpdate, STATEMENT],
  [actionCreatePreparedStatementRequest, TRANSACTION],
  [actionCreatePreparedSubstraitPlanRequest, TRANSACTION],
  [actionClosePreparedStatementRequest, STATEMENT],
  [actionBeginSavepointRequest, TRANSACTION],
  [actionEndTransactionRequest, TRANSACTION],
  [actionEndSavepointRequest, SAVEPOINT],
]);

/** Commands that run their text. */
const RUN_TEXT: ReadonlySet<unknown> = new Set([
  commandStatementQuery,
  commandStatementUpdate,
]);

/** Messages that backends answer with. */
const RESULTS = byName([
  [actionCreatePreparedStatementResult, STATEMENT],
  [actionBeginTransactionResult, TRANSACTION],
  [actionBeginSavepointResult, SAVEPOINT],
]);

/** Type of the descriptor by which a client polls for a query of the gateway. */
const POLL_NAME = "contrail.flight.gateway.Poll";

/** A request, ready for a backend. */
export interface Request {
  /** Its bytes for the backend. */
  readonly bytes: Uint8Array;
  /** Name of the command or of the message of an action; `undefined` if it is none of Flight SQL. */
  readonly command: string | undefined;
  /** Text of the statement, as the client has written it. */
  readonly sql: string | undefined;
  /** Location of the only replica that can answer. */
  readonly only: string | undefined;
  /** True if it only reads, so that another replica may answer after the first has failed. */
  readonly isReading: boolean;
  /** Present if the answer to it may have the result of the query. */
  readonly early?: EarlyWish | undefined;
}

/** A prepared statement whose query may run with its parameters. */
export interface EarlyWish {
  /** Its handle, as the client has it. */
  readonly handle: Uint8Array;
  /** Its handle, as the backend has it. */
  readonly value: Uint8Array;
}

/** Purpose of a request. */
export interface Use {
  /** The query that it starts, if it starts one. */
  readonly mark?: Mark | undefined;
  /** True if the answer may have the result of the query. */
  readonly mayAnswerEarly?: boolean | undefined;
}

/** A query that can be marked in the engine. */
export interface Mark {
  /** Identifier of the query. */
  readonly id: string;
  /** Trace of the client. */
  readonly traceId: string | undefined;
}

/** Opens requests for backends, and signs what they answer. */
export class Requests {
  readonly #handles: Handles;
  readonly #engine: GatewayEngine | undefined;

  constructor(handles: Handles, engine: GatewayEngine | undefined) {
    this.#handles = handles;
    this.#engine = engine;
  }

  /**
   * Opens a command, or the body of an action.
   *
   * @param bytes The bytes of the client.
   * @param user Identity of the client.
   * @param use Its purpose.
   * @throws {FlightError} NOT_FOUND when a handle in it is not from this gateway.
   */
  async open(
    bytes: Uint8Array,
    user: string,
    { mark, mayAnswerEarly = false }: Use = {},
  ): Promise<Request> {
    const packed = unpackAny(bytes);
    const entry = packed && REQUESTS.get(packed.name);
    const command = packed && commandName(packed.name);
    if (!packed || !entry) {
      const isReading = command === undefined ||
        command.startsWith("CommandGet");
      return { bytes, command, sql: undefined, only: undefined, isReading };
    }
    const message = entry.codec.decode(packed.value);
    const { preparedStatementHandle: given } = message;
    let held: Held | undefined;
    let early: EarlyWish | undefined;
    for (const [key, kind] of entry.handles) {
      const handle: Uint8Array | undefined = message[key];
      if (!handle?.byteLength) continue;
      held = await this.#handles.open(kind, handle, user);
      message[key] = held.value;
    }
    if (entry.codec === commandPreparedStatementQuery) {
      // An engine has to know the query before it runs.
      if (mayAnswerEarly && message.wantsInfo && held && !this.#engine) {
        early = { handle: given, value: held.value };
      } else message.wantsInfo = message.wantsRows = undefined;
    }
    const sql: string | undefined = held?.sql || message.query;
    if (held?.sql && entry.codec === commandPreparedStatementQuery) {
      const bytes = packAny(commandStatementQuery, {
        query: this.#marked(held.sql, mark),
      });
      const reads = isReading(held.sql);
      return { bytes, command, sql, only: undefined, isReading: reads };
    }
    if (RUN_TEXT.has(entry.codec)) {
      message.query = this.#marked(message.query, mark);
    }
    return {
      bytes: packAny(entry.codec, message),
      command,
      sql,
      only: held?.replica,
      isReading: entry.codec === commandStatementQuery &&
        isReading(sql ?? ""),
      early,
    };
  }

  /**
   * Opens a descriptor.
   *
   * @returns The request, and the descriptor for the backend.
   * @throws {FlightError} As `open`.
   */
  async openDescriptor(
    descriptor: FlightDescriptor,
    user: string,
    use: Use = {},
  ): Promise<{ request: Request; descriptor: FlightDescriptor }> {
    if (descriptor.type !== "CMD") {
      return { request: PLAIN_REQUEST, descriptor };
    }
    const request = await this.open(descriptor.cmd, user, use);
    return { request, descriptor: commandDescriptor(request.bytes) };
  }

  /**
   * Opens a ticket. It may be the command of a prepared statement, whose handle is signed: then it belongs to no query
   * yet, because each read of it is one.
   *
   * @throws {FlightError} NOT_FOUND when it is not from this gateway.
   */
  async openTicket(ticket: Uint8Array, user: string): Promise<Held> {
    const name = unpackAny(ticket)?.name;
    if (name === commandPreparedStatementQuery.name) {
      const { bytes: value, only } = await this.open(ticket, user);
      if (only !== undefined) {
        return { ...NOTHING_HELD, user, replica: only, value };
      }
    }
    return await this.#handles.openTicket(ticket, user);
  }

  /**
   * Signs the handles in the result of an action.
   *
   * @param body The result of the backend.
   * @param sql The text of the statement that was prepared.
   * @param bound The user and the replica that the handles belong to.
   * @param correct Corrects the schema of a prepared statement.
   */
  async sign(
    body: Uint8Array,
    sql: string | undefined,
    bound: { readonly user: string; readonly replica: string },
    correct: (schema: Uint8Array) => Uint8Array,
  ): Promise<Uint8Array> {
    const packed = unpackAny(body);
    const entry = packed && RESULTS.get(packed.name);
    if (!packed || !entry) return body;
    const message = decodedAnswer("DoAction", packed.value, entry.codec.decode);
    for (const [key, kind] of entry.handles) {
      const value: Uint8Array | undefined = message[key];
      if (!value?.byteLength) continue;
      message[key] = await this.#handles.sign(kind, {
        ...bound,
        value,
        sql: kind === "statement" && this.#engine?.runsPreparedText
          ? sql ?? ""
          : "",
      });
    }
    if (message.datasetSchema?.byteLength) {
      message.datasetSchema = correct(message.datasetSchema);
    }
    return packAny(entry.codec, message);
  }

  #marked(sql: string, mark: Mark | undefined): string {
    return mark && this.#engine?.tag
      ? this.#engine.tag(sql, mark.id, mark.traceId)
      : sql;
  }
}

/** A request that is no command: a descriptor of a path, or none. */
export const PLAIN_REQUEST: Request = {
  bytes: new Uint8Array(),
  command: undefined,
  sql: undefined,
  only: undefined,
  isReading: true,
};

/** Makes the descriptor by which a client polls. */
export function pollDescriptor(token: Uint8Array): FlightDescriptor {
  return commandDescriptor(
    any.encode({ typeUrl: `type.googleapis.com/${POLL_NAME}`, value: token }),
  );
}

/** Finds what `pollDescriptor` has put into a descriptor; `undefined` in any other. */
export function pollToken(
  descriptor: FlightDescriptor | undefined,
): Uint8Array | undefined {
  if (descriptor?.type !== "CMD") return undefined;
  const packed = unpackAny(descriptor.cmd);
  return packed?.name === POLL_NAME ? packed.value : undefined;
}

/** The name of a message of Flight SQL without its package; any other name in full. */
export function commandName(name: string): string {
  return name.replace(/^arrow\.flight\.protocol\.sql\./, "");
}

function byName(
  // deno-lint-ignore no-explicit-any -- messages of any kind
  entries: readonly (readonly [MessageType<any>, HandleKeys])[],
): ReadonlyMap<string, Entry> {
  return new Map(
    entries.map(([codec, handles]) => [codec.name, { codec, handles }]),
  );
}
