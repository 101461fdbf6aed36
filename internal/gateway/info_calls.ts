/** GetFlightInfo, PollFlightInfo and GetSchema: the calls that start queries. */

import { handled } from "../base/handled.ts";
import { sleep } from "../base/timers/sleep.ts";
import { MAX_TIMER_MS } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { encodeSchema } from "../ipc/encode_schema.ts";
import {
  type FlightDescriptor,
  flightDescriptorCodec,
} from "../protocol/flight_descriptor.ts";
import type { FlightInfo, FlightInfoInit } from "../protocol/flight_info.ts";
import type { PollInfoInit } from "../protocol/poll_info.ts";
import type { CallRecord } from "./call_record.ts";
import type { DataCalls } from "./data_calls.ts";
import { isUnavailable } from "./errors.ts";
import type { Jobs } from "./engine/jobs.ts";
import type { Query } from "./queries.ts";
import type { Replica } from "./replicas.ts";
import { pollDescriptor, pollToken, type Request } from "./requests.ts";
import { Results } from "./results.ts";
import {
  type GatewayState,
  joinQuery,
  markOf,
  openQuery,
  userOf,
} from "./state.ts";

/** A query that is polled. */
interface Polled {
  readonly query: Query;
  readonly token: Uint8Array;
  readonly info: Promise<FlightInfoInit>;
  /** The replica that runs it, once there is one. */
  replica: Replica | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A query that the backend lets clients poll: it counts among those of its user until its last answer. */
interface Forwarded {
  /** Ends that; idempotent. */
  readonly forget: () => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A query that is about to run. */
interface Start {
  readonly descriptor: FlightDescriptor;
  readonly context: FlightCallContext;
  readonly record: CallRecord;
  readonly query: Query;
  readonly signal: AbortSignal;
  /** True if the query outlives its call. */
  readonly isPolled: boolean;
  readonly onReplica?: (replica: Replica) => void;
}

/** Starts queries. */
export class InfoCalls {
  readonly #state: GatewayState;
  readonly #results: Results;
  readonly #data: DataCalls;
  readonly #jobs: Jobs;
  readonly #polled = new Map<string, Polled>();
  readonly #forwarded = new Map<string, Forwarded>();

  constructor(
    state: GatewayState,
    results: Results,
    data: DataCalls,
    jobs: Jobs,
  ) {
    this.#state = state;
    this.#results = results;
    this.#data = data;
    this.#jobs = jobs;
  }

  /** GetFlightInfo. */
  async info(
    descriptor: FlightDescriptor,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<FlightInfoInit> {
    const query = joinQuery(this.#state, context, record);
    return await this.#run({
      descriptor,
      context,
      record,
      query,
      signal: record.signal,
      isPolled: false,
    });
  }

  /** GetSchema. */
  async schema(
    descriptor: FlightDescriptor,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<Uint8Array> {
    const { requests, calls } = this.#state;
    const opened = await requests.openDescriptor(descriptor, userOf(context));
    const { request } = opened;
    record.asks(request);
    const wish = { only: request.only, key: calls.keyOf(context) };
    const { value, release } = await calls.ask(wish, true, (replica) => {
      record.replica = replica.location.uri;
      const options = calls.optionsOf(context, record.signal);
      return replica.client.getSchema(opened.descriptor, options);
    });
    release();
    return this.#results.corrected(encodeSchema(value));
  }

  /** PollFlightInfo. */
  async poll(
    descriptor: FlightDescriptor,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<PollInfoInit> {
    const { handles, options } = this.#state;
    const token = pollToken(descriptor);
    const held = token &&
      await handles.open("poll", token, userOf(context));
    if (!options.engine?.progress) {
      return await this.#forwardPoll(
        held ? flightDescriptorCodec.decode(held.value) : descriptor,
        held && { id: held.query, only: held.replica },
        descriptor,
        context,
        record,
      );
    }
    if (held === undefined) {
      return await this.#answerPoll(
        await this.#startPoll(descriptor, context, record),
        context,
      );
    }
    record.queryId = held.query;
    const polled = this.#polled.get(held.query);
    if (polled !== undefined) return await this.#answerPoll(polled, context);
    throw new FlightError(
      "NOT_FOUND",
      "the query is not known here any more: it has ended, or was not polled for too long",
    );
  }

  /** Ends all polled queries. */
  close(): void {
    for (const all of [this.#polled, this.#forwarded]) {
      for (const { timer } of all.values()) clearTimeout(timer);
      all.clear();
    }
  }

  async #startPoll(
    descriptor: FlightDescriptor,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<Polled> {
    const { queries, handles } = this.#state;
    const query = openQuery(this.#state, crypto.randomUUID(), context);
    const done = queries.use(query);
    record.queryId = query.id;
    try {
      const token = await handles.sign("poll", {
        user: userOf(context),
        replica: "",
        query: query.id,
        value: new Uint8Array(),
      });
      const info = this.#run({
        descriptor,
        context,
        record,
        query,
        signal: query.signal,
        isPolled: true,
        onReplica: (replica) => void (polled.replica = replica),
      }).finally(done);
      const polled: Polled = {
        query,
        token,
        info: handled(info),
        replica: undefined,
        timer: undefined,
      };
      this.#polled.set(query.id, polled);
      return polled;
    } catch (error) {
      done();
      throw error;
    }
  }

  async #answerPoll(
    polled: Polled,
    context: FlightCallContext,
  ): Promise<PollInfoInit> {
    const { pollTimeoutMs, pollExpiryMs, engine } = this.#state.options;
    const { query, token } = polled;
    clearTimeout(polled.timer);
    const waiting = new AbortController();
    const info = await Promise.race([
      polled.info.catch((error) => {
        this.#polled.delete(query.id);
        throw error;
      }),
      sleep(pollTimeoutMs, AbortSignal.any([waiting.signal, context.signal]))
        .then(() => undefined, () => undefined),
    ]).finally(() => waiting.abort());
    // Another poll may have set it meanwhile.
    clearTimeout(polled.timer);
    if (info !== undefined) {
      this.#polled.delete(query.id);
      return { info, progress: 1 };
    }
    if (this.#polled.has(query.id)) {
      polled.timer = later(pollExpiryMs, () => {
        this.#polled.delete(query.id);
        query.end(
          new FlightError("CANCELLED", "the client does not poll any more"),
        );
      });
    }
    const { replica } = polled;
    const progress = replica && await engine!.progress!(
      { id: query.id, replica: replica.location },
      AbortSignal.timeout(Math.min(pollTimeoutMs + 1000, MAX_TIMER_MS)),
    ).catch(() => undefined);
    const next = pollDescriptor(token);
    return {
      info: { descriptor: next, endpoints: [] },
      descriptor: next,
      progress,
      expirationTime: new Date(Date.now() + pollExpiryMs),
    };
  }

  /** Runs a query, and signs its result. */
  async #run(start: Start): Promise<FlightInfoInit> {
    const { descriptor, context, record, query } = start;
    const { requests, calls, options } = this.#state;
    const user = userOf(context);
    const opened = await requests.openDescriptor(descriptor, user, {
      mark: markOf(query, context),
    });
    record.asks(opened.request);
    const ask = (start: Start) =>
      calls.ask(
        { only: opened.request.only, key: calls.keyOf(context) },
        opened.request.isReading,
        (replica) => {
          record.replica = replica.location.uri;
          start.onReplica?.(replica);
          return this.#ask(opened, replica, start);
        },
      );
    const { replica, value: announced, release } = await ask(start);
    try {
      const info = await this.#withSchema(announced, replica, start);
      const signed = await this.#results.sign(info, {
        descriptor,
        id: query.id,
        query,
        replica,
        user,
        prepared: opened.request.only === undefined
          ? undefined
          : opened.request.bytes,
      });
      if (options.retryLostResults && opened.request.isReading) {
        const count = info.endpoints.length;
        const rerun: typeof query.rerun = async (signal) => {
          // The call of the client has ended, and its signal with it.
          const again = await ask({ ...start, signal, isPolled: true });
          again.release();
          const parts = Results.partsOf(again.value, again.replica);
          return parts.length === count ? parts : undefined;
        };
        query.rerun = rerun;
      }
      return signed;
    } finally {
      // Only now does the result count among those of the replica.
      release();
    }
  }

  /** Takes the schema from the data, for engines that announce another one. */
  async #withSchema(
    info: FlightInfo,
    replica: Replica,
    { context, signal }: Start,
  ): Promise<FlightInfo> {
    const { engine } = this.#state.options;
    const [part] = Results.partsOf(info, replica);
    if (
      !engine?.announcesOtherSchema || part === undefined ||
      engine.locate?.(part.value) === undefined
    ) return info;
    const schemaBytes = await this.#data.schemaOf(part, context, signal);
    return { ...info, schemaBytes };
  }

  #ask(
    { descriptor }: { request: Request; descriptor: FlightDescriptor },
    replica: Replica,
    { context, query, signal, isPolled }: Start,
  ): Promise<FlightInfo> {
    return this.#jobs.run(query, replica, signal, (signal) => {
      const options = this.#state.calls.optionsOf(context, signal);
      // The end of the call would not end the job: the deadline aborts the signal of the context, and that cancels it.
      const { timeoutMs: _, ...untimed } = options;
      return replica.client.getFlightInfo(
        descriptor,
        isPolled || this.#jobs.areCanceled ? untimed : options,
      );
    });
  }

  async #forwardPoll(
    wanted: FlightDescriptor,
    known: { readonly id: string; readonly only: string } | undefined,
    descriptor: FlightDescriptor,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<PollInfoInit> {
    const { requests, calls, handles } = this.#state;
    const user = userOf(context);
    const query = joinQuery(this.#state, context, record, known?.id);
    const end = this.#holdForwarded(query);
    let release = (): void => {};
    let isLast = true;
    try {
      const mark = markOf(query, context);
      const opened = known
        ? { request: undefined, descriptor: wanted }
        : await requests.openDescriptor(wanted, user, { mark });
      if (opened.request) record.asks(opened.request);
      const answer = await calls.ask(
        {
          only: known?.only ?? opened.request?.only,
          key: calls.keyOf(context),
        },
        opened.request?.isReading ?? false,
        (replica) => {
          record.replica = replica.location.uri;
          return replica.client.pollFlightInfo(
            opened.descriptor,
            calls.optionsOf(context, record.signal),
          );
        },
      );
      const { replica, value: poll } = answer;
      release = answer.release;
      const info = poll.info && await this.#results.sign(poll.info, {
        descriptor,
        id: query.id,
        query,
        replica,
        user,
      });
      if (poll.descriptor === undefined) return { ...poll, info };
      isLast = false;
      const next = pollDescriptor(
        await handles.sign("poll", {
          user,
          replica: replica.location.uri,
          query: query.id,
          value: flightDescriptorCodec.encode(poll.descriptor),
        }),
      );
      return {
        ...poll,
        descriptor: next,
        info: info && { ...info, descriptor: info.descriptor && next },
      };
    } catch (error) {
      isLast = known === undefined || !endsPollAlone(error, context);
      throw error;
    } finally {
      release();
      end(isLast);
    }
  }

  /**
   * Holds a query between the polls for it, so that its time and its place among those of its user go on.
   *
   * @returns A function that ends the poll, and all of the query after the last one.
   */
  #holdForwarded(query: Query): (isLast: boolean) => void {
    const forwarded = this.#forwarded.get(query.id) ?? this.#forward(query);
    clearTimeout(forwarded.timer);
    return (isLast) => {
      if (isLast || query.signal.aborted) return forwarded.forget();
      const { pollExpiryMs } = this.#state.options;
      clearTimeout(forwarded.timer);
      forwarded.timer = later(pollExpiryMs, forwarded.forget);
    };
  }

  #forward(query: Query): Forwarded {
    const done = this.#state.queries.use(query);
    const forwarded: Forwarded = {
      timer: undefined,
      forget: () => {
        clearTimeout(forwarded.timer);
        this.#forwarded.delete(query.id);
        query.signal.removeEventListener("abort", forwarded.forget);
        done();
      },
    };
    this.#forwarded.set(query.id, forwarded);
    query.signal.addEventListener("abort", forwarded.forget);
    return forwarded;
  }
}

/** Reports whether the failure of a poll says nothing about its query, which goes on in the backend. */
function endsPollAlone(error: unknown, { signal }: FlightCallContext): boolean {
  return signal.aborted || isUnavailable(error) ||
    FlightError.is(error) && error.code === "DEADLINE_EXCEEDED";
}

/** Calls a function after a time, unless the process ends before. */
function later(ms: number, run: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, ms);
  (timer as { unref?(): void }).unref?.();
  return timer;
}
