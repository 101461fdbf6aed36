/** The answers to an upload: from one replica, or from the next one if the first cannot be reached. */

import { handled } from "../../base/handled.ts";
import { type Source, toSource } from "../../base/source.ts";
import { messagesRead, setMessagesRead } from "../../core/messages_read.ts";
import type { FlightCallContext } from "../../interceptors/call_context.ts";
import type { FlightDescriptor } from "../../protocol/flight_descriptor.ts";
import type { PutResult } from "../../protocol/put_result.ts";
import type { CallRecord } from "../call_record.ts";
import { isUnsent } from "../errors.ts";
import type { Jobs } from "../engine/jobs.ts";
import type { Query } from "../queries.ts";
import type { Replica, Wish } from "../replicas.ts";
import type { GatewayState } from "../state.ts";
import type { ReplayedUpload } from "./replayed_upload.ts";

/** An upload on its way to a backend. */
interface Put {
  readonly descriptor: FlightDescriptor;
  readonly input: ReplayedUpload;
  readonly wish: Wish;
  readonly context: FlightCallContext;
  readonly record: CallRecord;
  readonly query: Query;
  /** Runs the statement of the upload in the engine; absent if the end of the call ends what it does. */
  readonly jobs: Jobs | undefined;
}

/** Sends an upload to a backend, and reads its answers. */
export class PutAttempts implements Source<PutResult> {
  readonly #state: GatewayState;
  readonly #put: Put;
  readonly #tried = new Set<Replica>();
  #replica: Replica;
  #results: Source<PutResult> | undefined;
  /** The first answer of a replica, and with it the end of a job. */
  #first: Promise<PutResult | undefined> | undefined;
  #release = (): void => {};
  #isOver = false;

  /** @throws {FlightError} UNAVAILABLE when there is no replica. */
  constructor(state: GatewayState, put: Put) {
    this.#state = state;
    this.#put = put;
    this.#replica = state.replicas.choose(put.wish, this.#tried)!;
    this.#begin();
  }

  /** The replica that answers. */
  get replica(): Replica {
    return this.#replica;
  }

  async read(): Promise<PutResult | undefined> {
    const { calls, replicas } = this.#state;
    for (;;) {
      const first = this.#first;
      this.#first = undefined;
      try {
        return await (first ?? this.#results!.read());
      } catch (error) {
        calls.noteFailure(this.#replica, error);
        this.#tried.add(this.#replica);
        const { input, wish } = this.#put;
        const next = !this.#isOver && isUnsent(error) && input.canReplay
          ? replicas.choose(wish, this.#tried)
          : undefined;
        if (next === undefined) throw error;
        this.#replica = next;
        this.#begin();
      }
    }
  }

  cancel(reason: unknown): void {
    // A job ends its call once it has ended in the engine.
    if (this.#put.jobs === undefined) this.#results?.cancel(reason);
  }

  /** Ends the use of the replica. */
  end(): void {
    this.#isOver = true;
    this.#release();
  }

  #begin(): void {
    const { query, record, jobs } = this.#put;
    const replica = this.#replica;
    record.replica = replica.location.uri;
    this.#release();
    this.#release = replica.begin();
    const send = (signal: AbortSignal) => this.#send(signal);
    this.#first = handled(
      jobs === undefined
        ? send(record.signal)
        : jobs.run(query, replica, record.signal, send),
    );
  }

  async #send(signal: AbortSignal): Promise<PutResult | undefined> {
    const { descriptor, input, context } = this.#put;
    const sent = this.#replica.client.doPut(descriptor, {
      ...this.#state.calls.optionsOf(context, signal),
      onTrailers(trailers) {
        const count = messagesRead(trailers);
        if (count !== undefined) {
          setMessagesRead(context.responseTrailers, count);
        }
      },
    });
    // The results fail with the same error.
    handled(input.stream().pipeTo(sent.writable));
    const results = toSource(sent.results);
    this.#results = results;
    return await results.read();
  }
}
