/** DoPut and DoExchange: data goes through unread. */

import { handled } from "../../base/handled.ts";
import { type Source, toSource } from "../../base/source.ts";
import { streamOf } from "../../base/source_stream.ts";
import { untilAborted } from "../../base/timers/until_aborted.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { FlightCallContext } from "../../interceptors/call_context.ts";
import type { FlightData } from "../../protocol/flight_data.ts";
import type { PutResult, PutResultInit } from "../../protocol/put_result.ts";
import {
  doPutPreparedStatementResult,
} from "../../sql/messages/put_results.ts";
import {
  commandPreparedStatementQuery,
  commandStatementUpdate,
} from "../../sql/messages/statement_commands.ts";
import type { FlightStream } from "../../stream/flight_stream.ts";
import type { CallRecord } from "../call_record.ts";
import { mappedSource } from "../calls.ts";
import { counterOf } from "../delivery.ts";
import { decodedAnswer } from "../errors.ts";
import type { Jobs } from "../engine/jobs.ts";
import type { Query } from "../queries.ts";
import type { Replica } from "../replicas.ts";
import { commandName, type Use } from "../requests.ts";
import type { Results } from "../results.ts";
import { type GatewayState, joinQuery, markOf, userOf } from "../state.ts";
import { EarlyQuery } from "./early_query.ts";
import { PutAttempts } from "./put_attempts.ts";
import { ReplayedUpload } from "./replayed_upload.ts";

/** Forwards uploads. */
export class UploadCalls {
  readonly #state: GatewayState;
  readonly #results: Results;
  readonly #jobs: Jobs;

  constructor(state: GatewayState, results: Results, jobs: Jobs) {
    this.#state = state;
    this.#results = results;
    this.#jobs = jobs;
  }

  /**
   * DoPut.
   *
   * @param mayAnswerEarly True if the answer to parameters may have the result of their query.
   */
  async put(
    upload: FlightStream,
    context: FlightCallContext,
    record: CallRecord,
    mayAnswerEarly: boolean,
  ): Promise<ReadableStream<PutResultInit>> {
    const { calls } = this.#state;
    const query = joinQuery(this.#state, context, record);
    const { request, descriptor, wish } = await this.#open(
      upload,
      "upload",
      context,
      record,
      { mark: markOf(query, context), mayAnswerEarly },
    );
    const early = request.early && new EarlyQuery(
      this.#state,
      this.#results,
      context,
      record,
      query,
      request.early,
    );
    const runsText =
      request.command === commandName(commandStatementUpdate.name);
    const answers = new PutAttempts(this.#state, {
      descriptor,
      input: new ReplayedUpload(this.#counted(upload, query, record)),
      wish,
      context,
      record,
      query,
      jobs: runsText && this.#jobs.areCanceled ? this.#jobs : undefined,
    });
    const end = (error?: unknown): void => {
      answers.end();
      record.end(error);
    };
    const isBound =
      request.command === commandName(commandPreparedStatementQuery.name);
    const sign = (result: PutResult): PutResultInit | Promise<PutResultInit> =>
      isBound && result.appMetadata?.byteLength
        ? this.#signBound(result.appMetadata, answers.replica, context, early)
        : result;
    return streamOf(mappedSource(answers, sign, end, calls.visible));
  }

  /** DoExchange. */
  async exchange(
    input: FlightStream,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<ReadableStream<FlightData>> {
    const { calls, replicas, options } = this.#state;
    const query = joinQuery(this.#state, context, record);
    const { descriptor, wish } = await this.#open(
      input,
      "exchange",
      context,
      record,
    );
    const replica = replicas.choose(wish, new Set())!;
    record.replica = replica.location.uri;
    const release = replica.begin();
    const exchange = replica.client.doExchange(
      descriptor,
      calls.optionsOf(context, record.signal),
    );
    const sent = streamOf(this.#counted(input, query, record));
    handled(sent.pipeTo(exchange.writable));
    const end = (error?: unknown): void => {
      if (error !== undefined) calls.noteFailure(replica, error);
      release();
      record.end(error);
    };
    const output = toSource(exchange.readable.flightData());
    const count = counterOf(options, query, record, "result");
    const pass = (data: FlightData): FlightData => {
      count(data);
      return data;
    };
    return streamOf({
      ...mappedSource(output, pass, end, calls.visible),
      recycle: (data) => output.recycle?.(data),
    });
  }

  /** The data of an upload, which counts in the bounds of its query. */
  #counted(
    stream: FlightStream,
    query: Query,
    record: CallRecord,
  ): Source<FlightData> {
    const count = counterOf(this.#state.options, query, record, "upload");
    return mappedSource(toSource(stream.flightData()), (data) => {
      count(data);
      return data;
    });
  }

  /** Opens the descriptor of a stream of the client, and finds what its replica must be. */
  async #open(
    stream: FlightStream,
    name: string,
    context: FlightCallContext,
    record: CallRecord,
    use?: Use,
  ) {
    const { requests, calls, replicas } = this.#state;
    const given = await untilAborted(stream.descriptor, record.signal);
    if (given === undefined) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        `the ${name} has no descriptor`,
      );
    }
    const opened = await requests.openDescriptor(given, userOf(context), use);
    record.asks(opened.request);
    const wish = { only: opened.request.only, key: calls.keyOf(context) };
    await replicas.known();
    return { ...opened, wish };
  }

  /** Makes the answer to parameters for the client: the handle may be another one now, and there may be a result. */
  async #signBound(
    answer: Uint8Array,
    replica: Replica,
    context: FlightCallContext,
    early: EarlyQuery | undefined,
  ): Promise<PutResultInit> {
    const bound = decodedAnswer(
      "DoPut",
      answer,
      doPutPreparedStatementResult.decode,
    );
    const { preparedStatementHandle: value } = bound;
    const handle = value?.byteLength
      ? await this.#state.handles.sign("statement", {
        user: userOf(context),
        replica: replica.location.uri,
        value,
      })
      : undefined;
    return {
      appMetadata: doPutPreparedStatementResult.encode({
        preparedStatementHandle: handle ?? value,
        rows: [],
        ...await early?.pass(bound, handle, replica),
      }),
    };
  }
}
