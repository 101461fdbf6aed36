/** DoGet: data goes through unread, unless the gateway decompresses it. */

import type { Source } from "../base/source.ts";
import { toSource } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { untilAborted } from "../base/timers/until_aborted.ts";
import { MESSAGE_HEADER } from "../arrow/arrow_format.ts";
import { FlightError } from "../core/flight_error.ts";
import { malformedAnswer } from "../core/malformed_answer.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { encapsulate } from "../ipc/encode/ipc_message.ts";
import { openMessage } from "../ipc/decode/message_reader.ts";
import { restoreMessage } from "../ipc/restore_message.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { Ticket } from "../protocol/ticket.ts";
import type { CallRecord } from "./call_record.ts";
import { mappedSource, type Target } from "./calls.ts";
import { counterOf } from "./delivery.ts";
import { isOfLocation, isUnavailable, lostError } from "./errors.ts";
import type { Held } from "./handles.ts";
import type { Query, RunPart } from "./queries.ts";
import { type GatewayState, joinQuery, userOf } from "./state.ts";

/** The beginning of a result. */
interface Begun {
  readonly first: FlightData | undefined;
  readonly source: Source<FlightData>;
  readonly target: Target;
}

/** Forwards results. */
export class DataCalls {
  readonly #state: GatewayState;
  readonly #decompressLimit: number;

  /**
   * Makes the calls.
   *
   * @param state The parts of the gateway.
   * @param decompressLimit Most bytes of a batch when it is decompressed, with the option `decompress`.
   */
  constructor(state: GatewayState, decompressLimit: number) {
    this.#state = state;
    this.#decompressLimit = decompressLimit;
  }

  /** DoGet. */
  async get(
    { ticket }: Ticket,
    context: FlightCallContext,
    record: CallRecord,
  ): Promise<ReadableStream<FlightData>> {
    const { requests, options, calls } = this.#state;
    const held = await requests.openTicket(ticket, userOf(context));
    record.replica = held.replica;
    const id = held.query || undefined;
    const query = joinQuery(this.#state, context, record, id);
    if (query.expiresAt === Infinity) {
      query.expiresAt = Date.now() + options.resultLifetimeMs;
    }
    const { first, source, target } = await this.#begin(
      held,
      query,
      context,
      record.signal,
    );
    let isOver = false;
    const end = (error?: unknown): void => {
      if (isOver) return;
      isOver = true;
      if (error === undefined) query.unread.delete(held.index);
      target.release();
      record.end(error);
    };
    const blame = (error: unknown) =>
      isUnavailable(error) && error.origin !== "local"
        ? lostError(error, true)
        : calls.visible(error);
    const count = counterOf(options, query, record, "result");
    const data = calls.rest(first, source, end, blame, count);
    return streamOf(options.decompress ? this.#decompressed(data) : data);
  }

  /**
   * The schema that a part of a result has.
   *
   * @returns The schema as an encapsulated IPC message; `undefined` if it cannot be had now.
   */
  async schemaOf(
    part: RunPart,
    context: FlightCallContext,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      const { first, source, target } = await this.#firstOf(
        part,
        context,
        signal,
      );
      source.cancel(new FlightError("CANCELLED", "the schema is enough"));
      target.release();
      return first && isSchemaMessage(first)
        ? encapsulate(padded(first.dataHeader))
        : undefined;
    } catch (error) {
      signal.throwIfAborted();
      // The client finds the same when it reads the data.
      if (FlightError.is(error)) return undefined;
      throw error;
    }
  }

  /** Begins to read a part of a result, in its second run if the first was lost. */
  async #begin(
    held: Held,
    query: Query,
    context: FlightCallContext,
    signal: AbortSignal,
  ): Promise<Begun> {
    for (;;) {
      const { second } = query;
      const parts = await (second && untilAborted(second, signal));
      if (second !== undefined && parts === undefined) {
        throw lostError(undefined, false);
      }
      const part = parts?.[held.index] ?? held;
      let begun: Begun;
      try {
        begun = await this.#firstOf(part, context, signal);
      } catch (error) {
        if (!this.#isLost(error)) throw this.#state.calls.visible(error);
        if (query.second === second) {
          if (query.isDelivered || second || !query.rerun) {
            throw lostError(error, false);
          }
          query.runAgain();
        }
        continue;
      }
      if (query.second === second) {
        query.isDelivered = true;
        return begun;
      }
      // Meanwhile another part of this run was found to be lost.
      begun.source.cancel(new FlightError("CANCELLED", "the query runs again"));
      begun.target.release();
    }
  }

  /** The same messages without compression. The memory of those before is left to the garbage collector. */
  #decompressed(data: Source<FlightData>): Source<FlightData> {
    const limit = this.#decompressLimit;
    return mappedSource(
      data,
      (message) => {
        const { dataHeader, dataBody } = message;
        const restored = restoreMessage(dataHeader, dataBody, limit);
        return restored === undefined ? message : {
          ...message,
          dataHeader: restored.header,
          dataBody: restored.body,
        };
      },
      undefined,
      (error) => malformedAnswer(error, "DoGet"),
    );
  }

  /** Reads the first message of a part, from the first server that has it. */
  async #firstOf(
    { value, locations, replica }: RunPart,
    context: FlightCallContext,
    signal: AbortSignal,
  ): Promise<Begun> {
    const { others, replicas, options, calls } = this.#state;
    const part = options.engine?.locate?.(value);
    const places = part
      ? [{ uri: part.location.uri, ticket: part.ticket }]
      : locations.map((uri) => ({ uri, ticket: value }));
    for (const { uri, ticket } of others.inOrder(places)) {
      try {
        const { client, release } = others.use(uri);
        // The other headers of the client are for the backend alone.
        const call = { signal, headers: calls.traceOf(context) };
        const begun = await begin({ client, release }, ticket, call);
        others.noteSuccess(uri);
        return begun;
      } catch (error) {
        if (!isOfLocation(error)) throw error;
        others.noteFailure(uri, error);
      }
    }
    const known = replicas.get(replica);
    const target = {
      client: known.client,
      replica: known,
      release: known.begin(),
    };
    try {
      return await begin(target, value, calls.optionsOf(context, signal));
    } catch (error) {
      calls.noteFailure(known, error);
      throw error;
    }
  }

  #isLost(error: unknown): boolean {
    if (!FlightError.is(error) || error.origin === "local") return false;
    return isUnavailable(error) ||
      (this.#state.options.engine?.isLost?.(error) ?? false);
  }
}

/** Makes a DoGet, and reads its first message. */
async function begin(
  target: Target,
  ticket: Uint8Array,
  options: Parameters<Target["client"]["doGet"]>[1],
): Promise<Begun> {
  try {
    const stream = target.client.doGet(ticket, options);
    const source = toSource(stream.flightData());
    const first = await source.read();
    return { first, source, target };
  } catch (error) {
    target.release();
    throw error;
  }
}

function isSchemaMessage({ dataHeader }: FlightData): boolean {
  return dataHeader.byteLength > 0 &&
    openMessage(dataHeader).headerType === MESSAGE_HEADER.schema;
}

/** Adds zeros up to a multiple of 8, the length of an encapsulated message. */
function padded(header: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(header.byteLength / 8) * 8);
  bytes.set(header);
  return bytes;
}
