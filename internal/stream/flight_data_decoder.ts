/** FlightData → FlightMessage: the receiving half of a data stream. */

import type { Schema } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { type Deferred, deferred } from "../base/deferred.ts";
import { Exclusive } from "../base/exclusive.ts";
import { emptySource, type Source } from "../base/source.ts";
import { Turns } from "../base/turn.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import {
  type FlightDescriptor,
  receivedDescriptor,
} from "../protocol/flight_descriptor.ts";
import type { Received } from "../protocol/received.ts";
import { revokeBatch } from "../arrow/revoke_batch.ts";
import { messageMemory, MIN_REUSED_BYTES } from "../base/message_memory.ts";
import { FlightError } from "../core/flight_error.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import { lately, MissingPart } from "../core/part.ts";
import { DEFAULT_MAX_BYTES_BEFORE_SCHEMA } from "../core/limits.ts";
import { decodeFlightData } from "../protocol/flight_data.ts";
import type { CompressedBody } from "../ipc/compression/compressed_body.ts";
import type { FlightMessage } from "./flight_message.ts";
import { IpcDecoder } from "../ipc/decode/ipc_decoder.ts";
import {
  type DataDecoder,
  type FlightDataOpening,
  type MemoryReuse,
  schemaWasRead,
} from "./data_decoder.ts";

/** Approximate memory of a kept message in addition to its bytes. */
const MESSAGE_OVERHEAD = 256;

/**
 * Decodes a data stream one message at a time, as it is read from.
 *
 * Malformed messages cancel `source` and reject with FlightError INVALID_ARGUMENT.
 */
export class FlightDataDecoder implements DataDecoder {
  #source: Source<Uint8Array>;
  readonly #ipc: IpcDecoder;
  readonly #ended: Deferred<void> = deferred();
  #opening: Promise<FlightDataOpening> | undefined;
  #opened: FlightDataOpening | undefined;
  /** Messages that were read while only the schema was awaited, the last first. */
  #beforeSchema: FlightMessage[] = [];
  #bytesBeforeSchema = 0;
  readonly #maxBytesBeforeSchema: number;
  /** The message that was read last from the source: the kept parts are views of it. */
  #bytes: Uint8Array = EMPTY_BYTES;
  /** The value that `read` gave last, and its memory. */
  #given: FlightMessage | FlightData | undefined;
  #memory: Uint8Array | undefined;
  #restored: Uint8Array | undefined;
  #reuse: MemoryReuse = false;
  /** Work on that message, and turns for other tasks. */
  #workBytes: number | undefined = 0;
  #turn: Promise<void> | undefined;
  readonly #turns = new Turns();
  #descriptor: FlightDescriptor | undefined;
  #first: FlightData | undefined;
  #started = false;
  #outcome: { error: unknown } | "end" | undefined;
  readonly #verify: (schema: Schema) => void;
  readonly #blame: (error: unknown) => unknown;
  /** Serializes operations: the schema may be requested while a batch is being read. */
  readonly #exclusive = new Exclusive();
  #isRaw = false;

  /**
   * @param source The encoded messages.
   * @param options The limits.
   * @param blame Converts an error of decoding to the one that is reported.
   * @param verify Throws if the schema is not the expected one.
   */
  constructor(
    source: Source<Uint8Array>,
    options: IpcReadOptions = {},
    blame: (error: unknown) => unknown = (error) => error,
    verify: (schema: Schema) => void = () => {},
  ) {
    this.#verify = verify;
    this.#source = source;
    this.#ipc = new IpcDecoder(options);
    this.#maxBytesBeforeSchema = options.maxBytesBeforeSchema ??
      DEFAULT_MAX_BYTES_BEFORE_SCHEMA;
    this.#blame = blame;
  }

  /**
   * Resolves when the stream has ended well. It rejects when the stream has failed or was canceled.
   */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Reads up to the schema, once; messages before it are kept for `read`. */
  opening(): Promise<FlightDataOpening> {
    if (this.#isRaw) {
      return Promise.reject(
        new TypeError(
          "Cannot read the schema of FlightData that is not decoded",
        ),
      );
    }
    this.#opening ??= this.#alone(async () => {
      while (this.#opened === undefined) {
        const step = await this.#step();
        if (step === undefined) break;
        if (step === "no message") continue;
        this.#keep(step);
      }
      this.#beforeSchema.reverse();
      return this.#opened ??
        { schema: undefined, schemaAppMetadata: undefined };
    });
    return this.#opening;
  }

  /** Keeps a message for `read`. */
  #keep(message: FlightMessage): void {
    // It stays valid while others are read.
    this.#keepGiven();
    this.#bytesBeforeSchema += this.#bytes.byteLength + MESSAGE_OVERHEAD;
    if (this.#bytesBeforeSchema > this.#maxBytesBeforeSchema) {
      this.#beforeSchema = [];
      throw this.#fail(
        new FlightError(
          "RESOURCE_EXHAUSTED",
          `Cannot decode FlightData: ${this.#bytesBeforeSchema} bytes of messages arrived before Schema, and maxBytesBeforeSchema is ${this.#maxBytesBeforeSchema}`,
        ),
      );
    }
    this.#beforeSchema.push(message);
  }

  /** Reads the first message, once, and returns its descriptor. */
  descriptor(): Promise<(FlightDescriptor & Received) | undefined> {
    return this.#alone(async () => {
      if (!this.#started) this.#first = await this.#pull();
      return this.#descriptor && receivedDescriptor(this.#descriptor);
    });
  }

  /** Chooses for how long the messages that are read from now on are valid. */
  reuseMemory(reuse: MemoryReuse): void {
    // The message that was read last is for good.
    if (!this.#reuse) this.#keepGiven();
    this.#reuse = reuse;
    this.#ipc.lendsMemory = reuse === true;
  }

  /** Takes back the memory of a message that was read last; others are ignored. */
  recycle(message: FlightMessage | FlightData): void {
    if (message === this.#given) this.#release();
  }

  /** Takes back the memory of any message that was not decoded. */
  #recycleData({ descriptor, dataHeader, dataBody }: FlightData): void {
    if (descriptor !== undefined) return;
    this.#source.recycle?.(dataBody.byteLength > 0 ? dataBody : dataHeader);
  }

  /** Leaves the message that was read last valid. */
  #keepGiven(): void {
    this.#given = this.#memory = this.#restored = undefined;
  }

  /** Ends the time of the message that was read last. */
  #release(): void {
    const given = this.#given;
    const memory = this.#memory;
    const restored = this.#restored;
    this.#given = this.#memory = this.#restored = undefined;
    if (this.#reuse !== "checked") {
      if (memory !== undefined) this.#source.recycle?.(memory);
      if (restored !== undefined) messageMemory.giveBack(restored);
      return;
    }
    if (given === undefined) return;
    if ("batch" in given && given.batch) revokeBatch(given.batch, outOfTime);
    if (memory !== undefined) messageMemory.revoke(memory);
  }

  /** Reads the next batch or metadata-only message. */
  async read(): Promise<FlightMessage | undefined> {
    // As in #alone, without one more promise, which would be most of the time for small messages.
    const turn = this.#exclusive.take();
    if (turn !== undefined) await turn;
    try {
      if (this.#reuse) this.#release();
      const kept = this.#beforeSchema.pop();
      if (kept !== undefined) return kept;
      while (true) {
        const step = await this.#step();
        if (step !== "no message") return step;
      }
    } finally {
      this.#exclusive.release();
    }
  }

  /** Takes the next batch or metadata-only message, if it has arrived. */
  take(): FlightMessage | undefined {
    if (this.#exclusive.isTaken) return undefined;
    if (this.#reuse) this.#release();
    const kept = this.#beforeSchema.pop();
    if (kept !== undefined) return kept;
    while (this.#first === undefined && this.#outcome === undefined) {
      this.#turn ??= this.#nextTurn();
      if (this.#turn !== undefined) return undefined;
      let data: FlightData | undefined;
      try {
        const bytes = this.#source.take?.();
        if (bytes === undefined) return undefined;
        data = this.#accept(bytes);
        const message = data && this.#decode(data);
        if (message !== undefined) return message;
      } catch (error) {
        if (error instanceof MissingPart) {
          // The next read loads it.
          this.#first = data;
          return undefined;
        }
        // The next read rejects with it.
        this.#fail(error);
      }
    }
    return undefined;
  }

  /**
   * Returns the messages without decoding them from now on.
   *
   * @throws {TypeError} When the schema has been requested: its message would be missing.
   */
  raw(): Source<FlightData> {
    if (this.#opening !== undefined) {
      throw schemaWasRead();
    }
    this.#isRaw = true;
    return {
      read: () =>
        this.#alone(async () => {
          if (this.#reuse) this.#release();
          const data = this.#first ?? await this.#pull();
          this.#first = undefined;
          this.#given = data;
          // A descriptor stays valid: the stream has it too.
          this.#memory = data?.descriptor === undefined
            ? this.#bytes
            : undefined;
          return data;
        }),
      cancel: (reason) => this.cancel(reason),
      recycle: (data) => this.#recycleData(data),
    };
  }

  cancel(reason: unknown): void {
    this.#beforeSchema = [];
    this.#first = undefined;
    // The last message stays valid: nothing is read after it.
    this.#keepGiven();
    this.#outcome ??= "end";
    this.#ended.reject(
      reason ?? new FlightError("CANCELLED", "the stream was canceled"),
    );
    this.#source.cancel(reason);
  }

  async #alone<R>(run: () => Promise<R>): Promise<R> {
    const turn = this.#exclusive.take();
    if (turn !== undefined) await turn;
    try {
      return await run();
    } finally {
      this.#exclusive.release();
    }
  }

  #fail(error: unknown): unknown {
    if (this.#outcome === undefined) {
      this.#outcome = { error };
      this.#ended.reject(error);
      this.#source.cancel(error);
    }
    return error;
  }

  /** Takes one FlightData; `undefined` at the end. */
  async #step(): Promise<FlightMessage | "no message" | undefined> {
    const turn = this.#turn ?? this.#nextTurn();
    this.#turn = undefined;
    if (turn !== undefined) await turn;
    let data = this.#first;
    this.#first = undefined;
    if (data === undefined) {
      // As in #pull, without one more promise.
      if (this.#isOver()) return undefined;
      try {
        data = this.#accept(await this.#source.read());
      } catch (error) {
        throw this.#fail(error);
      }
      if (data === undefined) return undefined;
    }
    try {
      return this.#decode(data) ?? "no message";
    } catch (error) {
      if (error instanceof MissingPart) return await this.#decodeLater(data);
      throw this.#fail(error);
    }
  }

  /** Decodes a message when the parts that it needs have been loaded. */
  async #decodeLater(
    data: FlightData,
  ): Promise<FlightMessage | "no message" | undefined> {
    try {
      const message = await lately(() =>
        // It may have been canceled in the meantime.
        this.#isOver() ? "over" : this.#decode(data)
      );
      return message === "over" ? undefined : message ?? "no message";
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Gives others a turn after much work; each message counts once. */
  #nextTurn(): Promise<void> | undefined {
    const bytes = this.#workBytes;
    this.#workBytes = undefined;
    return bytes === undefined ? undefined : this.#turns.afterMessage(bytes);
  }

  async #pull(): Promise<FlightData | undefined> {
    if (this.#isOver()) return undefined;
    try {
      return this.#accept(await this.#source.read());
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Reports whether the stream has ended; throws the error with which it has failed. */
  #isOver(): boolean {
    if (this.#outcome === undefined) return false;
    if (this.#outcome === "end") return true;
    throw this.#outcome.error;
  }

  /** Parses a message; `undefined` stands for the end. */
  #accept(bytes: Uint8Array | undefined): FlightData | undefined {
    if (bytes === undefined) {
      this.#outcome ??= "end";
      this.#ended.resolve();
      this.#leaveSource();
      return undefined;
    }
    this.#bytes = bytes;
    const data = this.#parse(bytes);
    if (!this.#started) this.#descriptor = data.descriptor;
    this.#started = true;
    return data;
  }

  /**
   * Lets go of a source that has ended, unless it may take memory back. V8 keeps the streams of the platform until
   * it collects its whole heap, and the call would stay with them.
   */
  #leaveSource(): void {
    const bytes = this.#memory?.byteLength ?? 0;
    if (this.#isRaw || bytes >= MIN_REUSED_BYTES) return;
    this.#source = emptySource();
  }

  #parse(bytes: Uint8Array): FlightData {
    try {
      return decodeFlightData(bytes);
    } catch (error) {
      throw this.#blame(error);
    }
  }

  /** Decodes a message: `undefined` for a schema, a dictionary, or a descriptor alone. */
  #decode(data: FlightData): FlightMessage | undefined {
    try {
      return this.#messageOf(data);
    } catch (error) {
      throw error instanceof MissingPart ? error : this.#blame(error);
    }
  }

  #messageOf(data: FlightData): FlightMessage | undefined {
    const { appMetadata, descriptor, dataHeader } = data;
    this.#workBytes = this.#bytes.byteLength;
    if (dataHeader.byteLength > 0) {
      const decoded = this.#ipc.decode(dataHeader, data.dataBody);
      const compressed = "compressed" in decoded
        ? decoded.compressed
        : undefined;
      this.#workBytes += compressed?.byteLength ?? 0;
      switch (decoded.kind) {
        case "schema":
          this.#verify(decoded.schema);
          this.#opened = {
            schema: decoded.schema,
            schemaAppMetadata: appMetadata,
          };
          return undefined;
        case "dictionary":
          if (compressed?.usesBody === false && descriptor === undefined) {
            this.#source.recycle?.(this.#bytes);
          }
          return undefined;
        case "batch":
          return this.#give(
            { batch: decoded.batch, appMetadata, descriptor },
            compressed,
          );
      }
    }
    return appMetadata === undefined
      ? undefined
      : this.#give({ appMetadata, descriptor });
  }

  /** Notes the memory of a message that is about to be given. */
  #give(
    message: FlightMessage,
    compressed?: CompressedBody,
  ): FlightMessage {
    this.#given = message;
    this.#restored = compressed?.memory;
    this.#memory = undefined;
    // A descriptor stays valid: the stream has it too.
    if (message.descriptor !== undefined) return message;
    if (compressed?.usesBody === false && message.appMetadata === undefined) {
      this.#source.recycle?.(this.#bytes);
    } else this.#memory = this.#bytes;
    return message;
  }
}

function outOfTime(): TypeError {
  return new TypeError(
    "Cannot use a record batch after the next one was read from a stream with reuseMemory(): " +
      "copy what is needed longer",
  );
}
