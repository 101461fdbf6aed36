/** Queries whose result comes with the answer to their parameters: see docs/sql-server.md, "Fewer calls". */

import type { FlightCallContext } from "../../interceptors/call_context.ts";
import { decodeFlightData } from "../../protocol/flight_data.ts";
import { commandDescriptor } from "../../protocol/flight_descriptor.ts";
import {
  type FlightInfo,
  flightInfoCodec,
} from "../../protocol/flight_info.ts";
import { packAny } from "../../sql/messages/any.ts";
import type { DoPutPreparedStatementResult } from "../../sql/messages/put_results.ts";
import { commandPreparedStatementQuery } from "../../sql/messages/statement_commands.ts";
import { infoFields } from "../../stream/info_fields.ts";
import type { CallRecord } from "../call_record.ts";
import { counterOf } from "../delivery.ts";
import { decodedAnswer } from "../errors.ts";
import type { Query } from "../queries.ts";
import type { Replica } from "../replicas.ts";
import type { EarlyWish } from "../requests.ts";
import type { Results } from "../results.ts";
import { type GatewayState, userOf } from "../state.ts";

/** Parts of the answer. */
type EarlyAnswer = Partial<Pick<DoPutPreparedStatementResult, "info" | "rows">>;

/** The query that an upload of parameters may run. */
export class EarlyQuery {
  readonly #state: GatewayState;
  readonly #results: Results;
  readonly #context: FlightCallContext;
  readonly #record: CallRecord;
  readonly #query: Query;
  readonly #wish: EarlyWish;

  constructor(
    state: GatewayState,
    results: Results,
    context: FlightCallContext,
    record: CallRecord,
    query: Query,
    wish: EarlyWish,
  ) {
    this.#state = state;
    this.#results = results;
    this.#context = context;
    this.#record = record;
    this.#query = query;
    this.#wish = wish;
  }

  /**
   * Makes the result for the client of that of a backend.
   *
   * @param answer The answer of the backend.
   * @param handle The handle for the client that replaces the earlier one, if there is one.
   * @param replica The backend.
   * @returns The parts of the answer that have the result; none where the backend has given none.
   * @throws {FlightError} INTERNAL when it is malformed, RESOURCE_EXHAUSTED when it is too much.
   */
  async pass(
    answer: DoPutPreparedStatementResult,
    handle: Uint8Array | undefined,
    replica: Replica,
  ): Promise<EarlyAnswer> {
    const { rows } = answer;
    if (rows.length > 0) {
      const count = counterOf(
        this.#state.options,
        this.#query,
        this.#record,
        "result",
      );
      for (const row of rows) {
        count(decodedAnswer("DoPut", row, decodeFlightData));
      }
      return { rows };
    }
    if (answer.info === undefined) return {};
    const info = decodedAnswer("DoPut", answer.info, flightInfoCodec.decode);
    return { info: await this.#sign(info, answer, handle, replica) };
  }

  /** The FlightInfo that GetFlightInfo would give to the client. */
  async #sign(
    info: FlightInfo,
    answer: DoPutPreparedStatementResult,
    handle: Uint8Array | undefined,
    replica: Replica,
  ): Promise<Uint8Array> {
    const value = answer.preparedStatementHandle;
    const signed = await this.#results.sign(info, {
      descriptor: commandDescriptor(commandOf(handle ?? this.#wish.handle)),
      id: this.#query.id,
      query: this.#query,
      replica,
      user: userOf(this.#context),
      prepared: commandOf(value?.byteLength ? value : this.#wish.value),
    });
    return flightInfoCodec.encode(infoFields(signed));
  }
}

/** The command of GetFlightInfo for a prepared statement. */
function commandOf(preparedStatementHandle: Uint8Array): Uint8Array {
  return packAny(commandPreparedStatementQuery, { preparedStatementHandle });
}
