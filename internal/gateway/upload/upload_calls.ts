/** DoPut and DoExchange: data goes through unread. */

import { handled } from "../../base/handled.ts";
import { type Source, toSource } from "../../base/source.ts";
import { streamOf } from "../../base/source_stream.ts";
import { FlightError } from "../../core/flight_error.ts";
import { messagesRead, setMessagesRead } from "../../core/messages_read.ts";
import type { FlightCallContext } from "../../interceptors/call_context.ts";
import type { FlightData } from "../../protocol/flight_data.ts";
import type { PutResult, PutResultInit } from "../../protocol/put_result.ts";
import {
  doPutPreparedStatementResult,
} from "../../sql/messages/put_results.ts";
import { commandPreparedStatementQuery } from "../../sql/messages/statement_commands.ts";
import type { FlightStream } from "../../stream/flight_stream.ts";
import type { CallRecord } from "../call_record.ts";
import { mappedSource } from "../calls.ts";
import { decodedAnswer, isUnsent } from "../errors.ts";
import type { Replica } from "../replicas.ts";
import { commandName } from "../requests.ts";
import type { Results } from "../results.ts";
import { type GatewayState, userOf } from "../state.ts";
import { EarlyQuery } from "./early_query.ts";
import { ReplayedUpload } from "./replayed_upload.ts";

/** Forwards uploads. */
export class UploadCalls {
  readonly #state: GatewayState;
  readonly #results: Results;

  constructor(state: GatewayState, results: Results) {
    this.#state = state;
    this.#results = results;
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
    const { calls, replicas } = this.#state;
    const { request, descriptor, wish } = await this.#open(
      upload,
      "upload",
      context,
      record,
      mayAnswerEarly,
    );
    const early = request.early && new EarlyQuery(
      this.#state,
      this.#results,
      context,
      record,
      request.early,
    );
    const signal = early?.signal ?? context.signal;
    const input = new ReplayedUpload(toSource(upload.flightData()));
    const tried = new Set<Replica>();
    let release = (): void => {};
    let replica: Replica;
    const start = (chosen: Replica): Source<PutResult> => {
      replica = chosen;
      record.replica = replica.location.uri;
      release();
      release = replica.begin();
      const sent = replica.client.doPut(descriptor, {
        ...calls.optionsOf(context, signal),
        onTrailers(trailers) {
          const count = messagesRead(trailers);
          if (count !== undefined) {
            setMessagesRead(context.responseTrailers, count);
          }
        },
      });
      // The results fail with the same error.
      handled(input.stream().pipeTo(sent.writable));
      return toSource(sent.results);
    };
    let isOver = false;
    const end = (error?: unknown): void => {
      isOver = true;
      release();
      early?.end();
      record.end(error);
    };
    let results: Source<PutResult>;
    try {
      results = start(replicas.choose(wish, tried)!);
    } catch (error) {
      end(error);
      throw error;
    }
    const answers: Source<PutResult> = {
      async read() {
        for (;;) {
          try {
            return await results.read();
          } catch (error) {
            calls.noteFailure(replica, error);
            tried.add(replica);
            const next = !isOver && isUnsent(error) && input.canReplay
              ? replicas.choose(wish, tried)
              : undefined;
            if (next === undefined) throw error;
            results = start(next);
          }
        }
      },
      cancel: (reason) => results.cancel(reason),
    };
    const isBound =
      request.command === commandName(commandPreparedStatementQuery.name);
    const sign = (result: PutResult): PutResultInit | Promise<PutResultInit> =>
      isBound && result.appMetadata?.byteLength
        ? this.#signBound(result.appMetadata, replica, context, early)
        : result;
    return streamOf(mappedSource(answers, sign, end, calls.visible));
  }

  /** DoExchange. */
  async exchange(
    input: FlightStream,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<ReadableStream<FlightData>> {
    const { calls, replicas } = this.#state;
    const { descriptor, wish } = await this.#open(
      input,
      "exchange",
      context,
      record,
      false,
    );
    const replica = replicas.choose(wish, new Set())!;
    record.replica = replica.location.uri;
    const release = replica.begin();
    const exchange = replica.client.doExchange(
      descriptor,
      calls.optionsOf(context, context.signal),
    );
    handled(input.flightData().pipeTo(exchange.writable));
    const end = (error?: unknown): void => {
      if (error !== undefined) calls.noteFailure(replica, error);
      release();
      record.end(error);
    };
    const output = toSource(exchange.readable.flightData());
    return streamOf({
      ...mappedSource(output, (data) => data, end, calls.visible),
      recycle: (data) => output.recycle?.(data),
    });
  }

  /** Opens the descriptor of a stream of the client, and finds what its replica must be. */
  async #open(
    stream: FlightStream,
    name: string,
    context: FlightCallContext,
    record: CallRecord,
    mayAnswerEarly: boolean,
  ) {
    const { requests, calls, replicas } = this.#state;
    const given = await stream.descriptor;
    if (given === undefined) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        `the ${name} has no descriptor`,
      );
    }
    const opened = await requests.openDescriptor(given, userOf(context), {
      mayAnswerEarly,
    });
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
