/**
 * A Flight SQL service by hand, which answers as servers of others do, faults included. Of its statements
 * `echo` gives back the parameters, `numbers` five rows, `update` changes a row for each set of parameters.
 */

import type { Schema, Table } from "apache-arrow";
import { tableFromArrays } from "apache-arrow";
import {
  encodeSchema,
  FlightError,
  type FlightService,
  type PutResultInit,
  type Result,
} from "@contrail/flight";
import * as prepared from "../../../internal/sql/messages/prepared_statement_actions.ts";
import * as statements from "../../../internal/sql/messages/statement_commands.ts";
import * as transactions from "../../../internal/sql/messages/transaction_actions.ts";
import { commandStatementIngest } from "../../../internal/sql/messages/ingest.ts";
import { packAny, unpackAny } from "../../../internal/sql/messages/any.ts";
import {
  doPutPreparedStatementResult,
  doPutUpdateResult,
} from "../../../internal/sql/messages/put_results.ts";

type ResultInit = Pick<Result, "body">;

/** Five rows in two endpoints. */
export const NUMBERS: Table = tableFromArrays({
  n: BigInt64Array.of(1n, 2n, 3n, 4n, 5n),
  name: ["one", "two", "three", "four", "five"],
});

/** Faults and habits of the server. */
export interface Habits {
  /** Parameters that `prepare` announces. */
  readonly parameterSchema?: Schema;
  /** Rows that `prepare` announces. */
  readonly datasetSchema?: Schema;
  /** As `prepare` says it. */
  readonly isUpdate?: boolean;
  /** True to send absent schemas as no bytes. */
  readonly emptySchemas?: boolean;
  /** True if each bind returns another handle. */
  readonly newHandles?: boolean;
  /** True to send empty results of actions without one. */
  readonly emptyResults?: boolean;
  /** True to wrap the count of an update in an Any. */
  readonly wrappedCounts?: boolean;
  /** Number of answers to an update. */
  readonly answers?: number;
  /** Methods on top of these, or in place of them. */
  readonly methods?: FlightService;
}

/** Requests that the service has received. */
export interface Scripted {
  readonly service: FlightService;
  /** The calls, in the order in which they came. */
  readonly calls: string[];
  /** The parameters of each statement and of each ingest. */
  readonly uploads: Table[];
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text);

/** Makes the service. */
export function scriptedServer(habits: Habits = {}): Scripted {
  const calls: string[] = [];
  const uploads: Table[] = [];
  /** Statements by handle, with what is bound to them. */
  const kept = new Map<string, { query: string; bound: Table | undefined }>();
  let count = 0;

  function command(cmd: Uint8Array) {
    const any = unpackAny(cmd);
    if (any === undefined) throw new FlightError("INVALID_ARGUMENT", "no Any");
    const name = any.name.replace(/^.*\./, "");
    return { name, value: any.value };
  }
  function statementOf(handle: Uint8Array) {
    const statement = kept.get(text(handle));
    if (statement === undefined) {
      throw new FlightError("NOT_FOUND", `no statement ${text(handle)}`);
    }
    return statement;
  }
  function rowsOf(query: string, bound: Table | undefined): Table {
    if (query.startsWith("echo")) return bound ?? NUMBERS.slice(0, 0);
    if (query.startsWith("numbers")) return NUMBERS;
    throw new FlightError("INVALID_ARGUMENT", `syntax error in ${query}`);
  }
  function inTransaction(id: Uint8Array | undefined): string {
    return id === undefined ? "" : ` in ${text(id)}`;
  }
  /** The text of a query, and its rows where they are known. */
  function query(cmd: Uint8Array) {
    const { name, value } = command(cmd);
    switch (name) {
      case "CommandStatementQuery": {
        const { query, transactionId } = statements.commandStatementQuery
          .decode(value);
        return { log: query + inTransaction(transactionId), query };
      }
      case "CommandStatementSubstraitPlan": {
        const { plan, transactionId } = statements
          .commandStatementSubstraitPlan.decode(value);
        const query = `${text(plan!.plan)} of ${plan!.version}`;
        return { log: query + inTransaction(transactionId), query };
      }
      case "CommandPreparedStatementQuery": {
        const { preparedStatementHandle: handle } = statements
          .commandPreparedStatementQuery.decode(value);
        return { log: text(handle), ...statementOf(handle) };
      }
      default:
        throw new FlightError("INVALID_ARGUMENT", `no command ${name}`);
    }
  }
  const none = (): ResultInit[] =>
    habits.emptyResults ? [{ body: new Uint8Array() }] : [];

  const service: FlightService = {
    getFlightInfo(descriptor) {
      const { cmd } = descriptor as { cmd: Uint8Array };
      const { log, query: name } = query(cmd);
      calls.push(`info ${log}`);
      rowsOf(name, undefined);
      const ticket = command(cmd).name === "CommandPreparedStatementQuery"
        ? cmd
        : packAny(statements.ticketStatementQuery, {
          statementHandle: bytes(name),
        });
      return { endpoints: [{ ticket }], ordered: true };
    },
    getSchema(descriptor) {
      const { cmd } = descriptor as { cmd: Uint8Array };
      const { log, query: name, ...statement } = query(cmd);
      calls.push(`schema ${log}`);
      const { bound } = statement as { bound?: Table };
      return rowsOf(name, bound).schema;
    },
    doGet({ ticket }) {
      const { name, value } = command(ticket);
      if (name === "TicketStatementQuery") {
        const { statementHandle } = statements.ticketStatementQuery
          .decode(value);
        calls.push(`get ${text(statementHandle)}`);
        return rowsOf(text(statementHandle), undefined);
      }
      const { log, query: sql, ...statement } = query(ticket);
      calls.push(`get ${log}`);
      const { bound } = statement as { bound?: Table };
      return rowsOf(sql, bound);
    },
    async doPut(upload): Promise<PutResultInit[]> {
      const { cmd } = await upload.descriptor as { cmd: Uint8Array };
      const { name, value } = command(cmd);
      const table = await upload.table();
      uploads.push(table);
      const rows = BigInt(table.numRows);
      const counted = (recordCount: bigint): PutResultInit[] => {
        const answer = habits.wrappedCounts
          ? packAny(doPutUpdateResult, { recordCount })
          : doPutUpdateResult.encode({ recordCount });
        const { answers = 1 } = habits;
        return Array.from({ length: answers }, () => ({ appMetadata: answer }));
      };
      switch (name) {
        case "CommandStatementUpdate":
        case "CommandStatementSubstraitPlan": {
          const plain = name === "CommandStatementUpdate"
            ? statements.commandStatementUpdate.decode(value)
            : { query: "plan", transactionId: undefined };
          calls.push(
            `update ${plain.query}` + inTransaction(plain.transactionId),
          );
          return counted(plain.query.includes("unknown") ? -1n : 7n);
        }
        case "CommandPreparedStatementUpdate": {
          const { preparedStatementHandle } = statements
            .commandPreparedStatementUpdate.decode(value);
          statementOf(preparedStatementHandle);
          calls.push(`update ${text(preparedStatementHandle)} × ${rows}`);
          return counted(rows);
        }
        case "CommandStatementIngest": {
          const command = commandStatementIngest.decode(value);
          const { ifNotExist, ifExists } = command.tableDefinitionOptions!;
          const where = [command.catalog, command.schema, command.table]
            .filter((part) => part !== undefined).join(".");
          calls.push(
            `ingest ${where} ${ifNotExist}/${ifExists}` +
              (command.temporary ? " temporary" : "") +
              [...command.options].map(([k, v]) => ` ${k}=${v}`).join("") +
              inTransaction(command.transactionId),
          );
          return counted(rows);
        }
        case "CommandPreparedStatementQuery": {
          const { preparedStatementHandle: old } = statements
            .commandPreparedStatementQuery.decode(value);
          const statement = statementOf(old);
          calls.push(`bind ${text(old)} × ${rows}`);
          if (!habits.newHandles) {
            statement.bound = table;
            return [];
          }
          const handle = `${text(old).replace(/\+.*/, "")}+${++count}`;
          kept.set(handle, { ...statement, bound: table });
          return [{
            appMetadata: doPutPreparedStatementResult.encode({
              preparedStatementHandle: bytes(handle),
              rows: [],
            }),
          }];
        }
        default:
          throw new FlightError("UNIMPLEMENTED", name);
      }
    },
    doAction({ type, body = new Uint8Array() }): ResultInit[] {
      const { value } = command(body);
      switch (type) {
        case "CreatePreparedStatement":
        case "CreatePreparedSubstraitPlan": {
          const { query, transactionId } = type === "CreatePreparedStatement"
            ? prepared.actionCreatePreparedStatementRequest.decode(value)
            : { query: "echo plan", transactionId: undefined };
          calls.push(`prepare ${query}` + inTransaction(transactionId));
          const handle = `s${++count}`;
          kept.set(handle, { query, bound: undefined });
          const none = habits.emptySchemas ? new Uint8Array() : undefined;
          const { datasetSchema, parameterSchema, isUpdate } = habits;
          return [{
            body: packAny(prepared.actionCreatePreparedStatementResult, {
              preparedStatementHandle: bytes(handle),
              datasetSchema: datasetSchema ? encodeSchema(datasetSchema) : none,
              parameterSchema: parameterSchema
                ? encodeSchema(parameterSchema)
                : none,
              isUpdate,
            }),
          }];
        }
        case "ClosePreparedStatement": {
          const { preparedStatementHandle } = prepared
            .actionClosePreparedStatementRequest.decode(value);
          calls.push(`close ${text(preparedStatementHandle)}`);
          if (!kept.delete(text(preparedStatementHandle))) {
            throw new FlightError("NOT_FOUND", "no such statement");
          }
          return none();
        }
        case "BeginTransaction": {
          const id = `t${++count}`;
          calls.push(`begin ${id}`);
          return [{
            body: packAny(transactions.actionBeginTransactionResult, {
              transactionId: bytes(id),
            }),
          }];
        }
        case "EndTransaction": {
          const { transactionId, action } = transactions
            .actionEndTransactionRequest.decode(value);
          calls.push(`${action} ${text(transactionId)}`);
          return none();
        }
        case "BeginSavepoint": {
          const { transactionId, name } = transactions
            .actionBeginSavepointRequest.decode(value);
          calls.push(`savepoint ${name} of ${text(transactionId)}`);
          return [{
            body: packAny(transactions.actionBeginSavepointResult, {
              savepointId: bytes(`p${++count}`),
            }),
          }];
        }
        case "EndSavepoint": {
          const { savepointId, action } = transactions
            .actionEndSavepointRequest.decode(value);
          calls.push(`${action} ${text(savepointId)}`);
          return none();
        }
        default:
          throw new FlightError("INVALID_ARGUMENT", `no action ${type}`);
      }
    },
    ...habits.methods,
  };
  return { service, calls, uploads };
}
