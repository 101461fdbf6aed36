/** Updates and ingests: what changes the database, and answers with a number of rows. */

import { FlightError } from "../../../core/flight_error.ts";
import {
  type CommandStatementIngest,
  commandStatementIngest,
} from "../../messages/ingest.ts";
import { doPutUpdateResult } from "../../messages/put_results.ts";
import {
  abortWith,
  operationContext,
  type SqlCall,
  unimplemented,
} from "../call.ts";
import type { Command, SqlState } from "./command.ts";
import type {
  SqlCallContext,
  SqlIngestTarget,
  SqlRowCount,
} from "../handlers.ts";
import { type Runner, runUpdate } from "../kept/plan.ts";
import type { TransactionUse } from "../kept/transactions.ts";

/** Field 1, a varint, with the value 0. */
const NO_RECORDS = Uint8Array.of(0x08, 0x00);

/**
 * The answer to an update: not packed into an Any. A count of 0 is written out: as the default of the field it
 * would make an empty message, and some clients take empty metadata for none.
 */
export function updateResult(count: SqlRowCount): Uint8Array {
  const recordCount = BigInt(count ?? -1);
  return recordCount === 0n
    ? NO_RECORDS
    : doPutUpdateResult.encode({ recordCount });
}

/**
 * Runs something that changes the database: in a transaction not before what came before has ended, and
 * aborted when the transaction is rolled back.
 */
export async function withTransaction<R>(
  call: SqlCall,
  use: TransactionUse | undefined,
  run: (context: SqlCallContext) => Promise<R>,
): Promise<R> {
  const controller = new AbortController();
  const untie = abortWith(controller, call.context.signal);
  const onEnd = (reason: FlightError): void => controller.abort(reason);
  use?.open.onEnd.add(onEnd);
  try {
    const context = operationContext(call, {
      ending: controller,
      transaction: use?.open.transaction,
    });
    return use === undefined
      ? await run(context)
      : await use.open.alone(() => run(context));
  } finally {
    use?.open.onEnd.delete(onEnd);
    untie();
    use?.done();
  }
}

/** Runs a statement for its number of rows. */
export async function runStatement<S>(
  { transactions }: SqlState,
  call: SqlCall,
  { statement, runner, transactionId, operation }: {
    readonly statement: S;
    readonly runner: Runner<S>;
    readonly transactionId: Uint8Array | undefined;
    readonly operation: string;
  },
): Promise<Uint8Array> {
  const use = await transactions.use(transactionId, call);
  return await withTransaction(call, use, async (context) => {
    if (runner.update) {
      return updateResult(await runner.update(statement, context));
    }
    if (!runner.prepare) throw unimplemented(operation);
    const prepared = await runner.prepare(statement, context);
    try {
      return updateResult(await runUpdate(prepared, undefined, context));
    } finally {
      await prepared.close?.();
    }
  });
}

/** CommandStatementIngest. */
export const ingestCommand: Command<CommandStatementIngest> = {
  codec: commandStatementIngest,
  async put({ state, call, command }, upload) {
    const { handlers, transactions } = state;
    if (!handlers.ingest) throw unimplemented("StatementIngest");
    const target = targetOf(command);
    const { transactionId } = command;
    const use = await transactions.use(transactionId, call) ??
      transactions.useImplicit(call);
    return await withTransaction(call, use, async (context) => {
      const data = { schema: await upload.schema, batches: upload };
      return updateResult(await handlers.ingest!(target, data, context));
    });
  },
};

/** @throws {FlightError} INVALID_ARGUMENT when a part is missing that has no default. */
function targetOf(command: CommandStatementIngest): SqlIngestTarget {
  const { table, schema, catalog, temporary, options } = command;
  const { ifNotExist, ifExists } = command.tableDefinitionOptions ??
    { ifNotExist: "UNSPECIFIED", ifExists: "UNSPECIFIED" };
  if (table === "") {
    throw new FlightError("INVALID_ARGUMENT", "the ingest has no table");
  }
  if (ifNotExist === "UNSPECIFIED" || ifExists === "UNSPECIFIED") {
    const option = ifNotExist === "UNSPECIFIED" ? "if_not_exist" : "if_exists";
    throw new FlightError(
      "INVALID_ARGUMENT",
      `the ingest is ambiguous: ${option} of table_definition_options is unspecified`,
    );
  }
  return { catalog, schema, table, temporary, ifNotExist, ifExists, options };
}
