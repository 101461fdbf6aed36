/** Answers to parameters that have the rows too, or the FlightInfo, which clients would ask for next. */

import { FlightError } from "../../../core/flight_error.ts";
import { concatBytes } from "../../../base/bytes.ts";
import { flightInfoCodec } from "../../../protocol/flight_info.ts";
import { flightDataEncoder } from "../../../stream/flight_data_encoder.ts";
import { infoFields } from "../../../stream/info_fields.ts";
import { packAny } from "../../messages/any.ts";
import type { DoPutPreparedStatementResult } from "../../messages/put_results.ts";
import {
  type CommandPreparedStatementQuery,
  commandPreparedStatementQuery,
} from "../../messages/statement_commands.ts";
import type { Bound, Prepared } from "../kept/prepared_statements.ts";
import type { Request } from "./command.ts";
import { infoOfWork, workOfKept } from "./work.ts";

/** The part of the answer. */
export type EarlyAnswer = Omit<
  DoPutPreparedStatementResult,
  "preparedStatementHandle"
>;

/** Most bytes of rows; docs/sql-server.md has it, too. */
const MAX_BYTES = 65_536;

/** Most rows of parameters, each of which is a run: more of them are better streamed. */
const MAX_RUNS = 8;

/** The reason for which a result that is too large here is given up. */
const TOO_LARGE = new FlightError("CANCELLED", "the rows are sent by DoGet");

/**
 * Answers the call that would come next.
 *
 * @param kept The statement.
 * @param bound Its parameters.
 * @returns Nothing where that call would fail: it gives the error then.
 */
export async function earlyAnswer(
  request: Request<CommandPreparedStatementQuery>,
  kept: Prepared,
  bound: Bound,
): Promise<EarlyAnswer> {
  const { wantsRows } = request.command;
  const runs = bound.parameters?.numRows ?? 1;
  try {
    if (wantsRows && kept.statement.isPointQuery && runs <= MAX_RUNS) {
      const rows = await rowsOf(request, kept, bound);
      if (rows !== undefined) return { rows };
    }
    return { info: await infoOf(request, kept, bound), rows: [] };
  } catch (error) {
    if (request.call.context.signal.aborted) throw error;
    return { rows: [] };
  }
}

/** All rows, as DoGet sends them; `undefined` if they are too large. */
async function rowsOf(
  { state, call }: Request<unknown>,
  kept: Prepared,
  bound: Bound,
): Promise<Uint8Array[] | undefined> {
  const { transaction, makePlan } = workOfKept(state, kept, bound);
  const messages = flightDataEncoder(
    await state.results.readAtOnce(call, transaction, makePlan),
  );
  const rows: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const message = await messages.read();
    if (message === undefined) return rows;
    bytes += message.byteLength;
    if (bytes > MAX_BYTES) {
      messages.cancel(TOO_LARGE);
      return undefined;
    }
    rows.push(concatBytes(message.chunks, message.byteLength));
  }
}

/** The answer that GetFlightInfo would give, encoded. */
async function infoOf(
  request: Request<CommandPreparedStatementQuery>,
  kept: Prepared,
  bound: Bound,
): Promise<Uint8Array> {
  const { preparedStatementHandle } = request.command;
  const command = { preparedStatementHandle };
  const bytes = packAny(commandPreparedStatementQuery, command);
  const work = workOfKept(request.state, kept, bound);
  const info = await infoOfWork({ ...request, command, bytes }, work);
  return flightInfoCodec.encode(infoFields(info));
}
