/** Calls of Flight SQL, message by message, as any client may make them. */

import type { FlightClient, FlightInfo } from "@contrail/flight";
import type { RecordBatch, Table } from "apache-arrow";
import type { MessageCodec } from "../../internal/message/message.ts";
import { packAny, unpackAny } from "../../internal/sql/messages/any.ts";
import {
  actionBeginSavepointRequest,
  actionBeginSavepointResult,
  actionBeginTransactionRequest,
  actionBeginTransactionResult,
  actionEndSavepointRequest,
  actionEndTransactionRequest,
} from "../../internal/sql/messages/transaction_actions.ts";
import {
  actionClosePreparedStatementRequest,
  actionCreatePreparedStatementRequest,
  type ActionCreatePreparedStatementResult,
  actionCreatePreparedStatementResult,
} from "../../internal/sql/messages/prepared_statement_actions.ts";
import {
  commandPreparedStatementQuery,
  commandPreparedStatementUpdate,
  commandStatementQuery,
  commandStatementUpdate,
} from "../../internal/sql/messages/statement_commands.ts";
import {
  doPutPreparedStatementResult,
  doPutUpdateResult,
} from "../../internal/sql/messages/put_results.ts";

type Bytes = Uint8Array;

/** GetFlightInfo of a command. */
export function info<I>(
  client: FlightClient,
  codec: MessageCodec<unknown, I>,
  command: I,
): Promise<FlightInfo> {
  return client.getFlightInfo({ cmd: packAny(codec, command) });
}

/** DoGet of the only endpoint. */
export function fetch(client: FlightClient, info: FlightInfo): Promise<Table> {
  if (info.endpoints.length !== 1) throw new Error("not one endpoint");
  return client.doGet(info.endpoints[0]!.ticket).table();
}

/** GetFlightInfo and DoGet of a command. */
export async function rows<I>(
  client: FlightClient,
  codec: MessageCodec<unknown, I>,
  command: I,
): Promise<Table> {
  return await fetch(client, await info(client, codec, command));
}

/** Runs a query. */
export function query(
  client: FlightClient,
  text: string,
  transactionId?: Bytes,
): Promise<Table> {
  return rows(client, commandStatementQuery, { query: text, transactionId });
}

/** DoPut of a command; the metadata of its results. */
export async function put<I>(
  client: FlightClient,
  codec: MessageCodec<unknown, I>,
  command: I,
  data: RecordBatch | Table | Iterable<RecordBatch> = [],
): Promise<Bytes[]> {
  const upload = client.doPut({ cmd: packAny(codec, command) });
  const results = await upload.writeAll(data, { allowPartial: true });
  return results.map(({ appMetadata }) => appMetadata!);
}

/** The number of rows in the one result of an update. */
export function countOf(results: readonly Bytes[]): bigint {
  if (results.length !== 1) throw new Error(`${results.length} results`);
  return doPutUpdateResult.decode(results[0]!).recordCount;
}

/** Runs an update. */
export async function update(
  client: FlightClient,
  text: string,
  transactionId?: Bytes,
): Promise<bigint> {
  return countOf(
    await put(client, commandStatementUpdate, { query: text, transactionId }),
  );
}

/** DoAction; the results, unpacked. */
export async function action<I, R>(
  client: FlightClient,
  codec: MessageCodec<unknown, I>,
  request: I,
  resultCodec?: MessageCodec<R>,
): Promise<R[]> {
  const type = codec.name.replace(/^.*\.Action|Request$/g, "");
  const results: R[] = [];
  for await (
    const { body } of client.doAction({ type, body: packAny(codec, request) })
  ) {
    const any = unpackAny(body);
    if (any === undefined || any.name !== resultCodec?.name) {
      throw new Error(`${type} gave ${any?.name}`);
    }
    results.push(resultCodec.decode(any.value));
  }
  return results;
}

/** CreatePreparedStatement. */
export async function prepare(
  client: FlightClient,
  text: string,
  transactionId?: Bytes,
): Promise<ActionCreatePreparedStatementResult> {
  const [result] = await action(
    client,
    actionCreatePreparedStatementRequest,
    { query: text, transactionId },
    actionCreatePreparedStatementResult,
  );
  return result!;
}

/** Binds parameters; the handle that comes back. */
export async function bind(
  client: FlightClient,
  preparedStatementHandle: Bytes,
  parameters: RecordBatch | Table | Iterable<RecordBatch>,
): Promise<Bytes | undefined> {
  const [result] = await put(
    client,
    commandPreparedStatementQuery,
    { preparedStatementHandle },
    parameters,
  );
  return result && doPutPreparedStatementResult.decode(result)
    .preparedStatementHandle;
}

/** Runs a prepared query. */
export function execute(
  client: FlightClient,
  preparedStatementHandle: Bytes,
): Promise<Table> {
  return rows(client, commandPreparedStatementQuery, {
    preparedStatementHandle,
  });
}

/** Runs a prepared update. */
export async function executeUpdate(
  client: FlightClient,
  preparedStatementHandle: Bytes,
  parameters: RecordBatch | Table | Iterable<RecordBatch> = [],
): Promise<bigint> {
  return countOf(
    await put(
      client,
      commandPreparedStatementUpdate,
      { preparedStatementHandle },
      parameters,
    ),
  );
}

/** ClosePreparedStatement. */
export async function closeStatement(
  client: FlightClient,
  preparedStatementHandle: Bytes,
): Promise<void> {
  await action(client, actionClosePreparedStatementRequest, {
    preparedStatementHandle,
  });
}

/** BeginTransaction. */
export async function begin(client: FlightClient): Promise<Bytes> {
  const [result] = await action(
    client,
    actionBeginTransactionRequest,
    {},
    actionBeginTransactionResult,
  );
  return result!.transactionId;
}

/** EndTransaction. */
export async function end(
  client: FlightClient,
  transactionId: Bytes,
  how: "COMMIT" | "ROLLBACK" | "UNSPECIFIED",
): Promise<void> {
  await action(client, actionEndTransactionRequest, {
    transactionId,
    action: how,
  });
}

/** BeginSavepoint. */
export async function savepoint(
  client: FlightClient,
  transactionId: Bytes,
  name: string,
): Promise<Bytes> {
  const [result] = await action(
    client,
    actionBeginSavepointRequest,
    { transactionId, name },
    actionBeginSavepointResult,
  );
  return result!.savepointId;
}

/** EndSavepoint. */
export async function endSavepoint(
  client: FlightClient,
  savepointId: Bytes,
  how: "RELEASE" | "ROLLBACK" | "UNSPECIFIED",
): Promise<void> {
  await action(client, actionEndSavepointRequest, { savepointId, action: how });
}
