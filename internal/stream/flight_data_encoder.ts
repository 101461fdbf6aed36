/** FlightMessageInit → FlightData: the sending half of a data stream. */

import type { Schema } from "apache-arrow";
import type { Source } from "../base/source.ts";
import { COMPRESSION_TURN_MS, Turns } from "../base/turn.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import { FlightError } from "../core/flight_error.ts";
import { noteProblem } from "../core/unsendable.ts";
import {
  type EncodedFlightData,
  encodeFlightData,
  type FlightDataParts,
} from "../protocol/flight_data.ts";
import { schemaOf } from "../arrow/batch_schema.ts";
import { checkBytesOrText } from "../message/check_field.ts";
import type { FlightMessageInit } from "./flight_message.ts";
import { type EncodedBatch, IpcEncoder } from "../ipc/encode/ipc_encoder.ts";
import type { IpcMessage } from "../ipc/encode/ipc_message.ts";
import {
  DEFAULT_WRITE_SETTINGS,
  type WriteSettings,
} from "../ipc/encode/ipc_settings.ts";
import { isFlightData, type OutgoingData } from "./record_batch_source.ts";

export type { EncodedFlightData };

/** Parts of a message, and its kind. */
interface OutgoingParts extends FlightDataParts {
  /** True for a dictionary batch. */
  readonly isDictionary?: boolean | undefined;
}

/** Options of {@linkcode FlightDataEncoder}. */
export interface FlightDataEncoderOptions {
  /** Descriptor to send with the first message. */
  readonly descriptor?: FlightDescriptor | undefined;
  /**
   * Schema to send at once, before the first message is read; by default that of the first batch.
   */
  readonly schema?: Schema | undefined;
  /** True to send the descriptor at once, by itself if there is no schema yet. */
  readonly descriptorFirst?: boolean | undefined;
  /** Settings for the encoding of batches. */
  readonly settings?: WriteSettings | undefined;
}

/**
 * Encodes one data stream, message by message. If `encode` throws, it has sent nothing and changed
 * nothing: the stream goes on with the next message.
 */
export class FlightDataEncoder {
  readonly #options: FlightDataEncoderOptions;
  readonly #settings: WriteSettings;
  readonly #ipc: IpcEncoder;
  readonly #hasDescriptor: boolean;
  /** Descriptor that is not sent yet. */
  #descriptor: FlightDescriptor | undefined;
  /** Contents of the stream, once it has a schema: its own batches, or messages of another. */
  #carries: "batches" | "messages" | undefined;
  /** Work since `turn` was last called, and turns for other tasks. */
  #workBytes = 0;
  #turn: Promise<void> | undefined;
  readonly #turns: Turns;

  /**
   * Makes an encoder that has sent nothing.
   *
   * @param options The start of the stream.
   */
  constructor(options: FlightDataEncoderOptions = {}) {
    this.#options = options;
    this.#settings = options.settings ?? DEFAULT_WRITE_SETTINGS;
    this.#ipc = new IpcEncoder(this.#settings);
    this.#turns = new Turns(
      this.#settings.compression ? COMPRESSION_TURN_MS : undefined,
    );
    this.#descriptor = options.descriptor;
    this.#hasDescriptor = options.descriptor !== undefined;
  }

  /** Returns the messages to send before anything is written. */
  begin(): EncodedFlightData[] {
    const { schema, descriptorFirst } = this.#options;
    if (schema !== undefined) return [...this.#encode({ schema })];
    return descriptorFirst ? this.end() : [];
  }

  /**
   * Encodes a message.
   *
   * @returns The messages to send, in order. Parts of a split batch are encoded as they are taken,
   * or all before the first if the size of messages is limited.
   * @throws {FlightError} When a batch does not fit the stream, or a message exceeds the limit.
   * @throws {TypeError} When batches and messages of another stream are mixed.
   */
  encode(message: OutgoingData): Iterable<EncodedFlightData> {
    return isFlightData(message)
      ? this.#forward(message)
      : this.#encode(message);
  }

  /**
   * Returns the messages to send at the end: the descriptor must not be lost, even if nothing
   * followed it.
   */
  end(): EncodedFlightData[] {
    return this.#descriptor === undefined ? [] : [this.#sent({})];
  }

  /**
   * Gives others a turn after much work: a socket may take all that is encoded, so that nothing else would run.
   *
   * @returns A promise to wait for before the next message is encoded, if there is any.
   */
  turn(): Promise<void> | undefined {
    if (this.#turn !== undefined || this.#workBytes === 0) return this.#turn;
    const turn = this.#turns.afterMessage(this.#workBytes);
    this.#workBytes = 0;
    this.#turn = turn?.then(() => this.#turn = undefined);
    return this.#turn;
  }

  #encode(
    { schema, batch, appMetadata: given }: FlightMessageInit,
  ): Iterable<EncodedFlightData> {
    const appMetadata = given === undefined
      ? undefined
      : checkBytesOrText(given, "appMetadata");
    const parts: OutgoingParts[] = [];
    let opens = false;
    if (this.#carries !== "batches") {
      const first = schema ?? (batch && schemaOf(batch));
      opens = first !== undefined;
      if (first !== undefined) {
        if (this.#carries === "messages") throw mixed();
        parts.push(partsOf(this.#ipc.schema(first)));
      }
    }
    // A table or a reader in mid-stream repeats its schema; its batches are checked against it.
    if (batch === undefined) {
      if (appMetadata !== undefined) parts.push({ appMetadata });
      return this.#all(parts, opens);
    }
    const encoded = this.#ipc.encode(batch);
    const { maxSendMessageBytes } = this.#settings;
    if (encoded.isSplit && maxSendMessageBytes === Infinity) {
      return this.#oneByOne(parts, encoded, appMetadata);
    }
    let left = encoded.count;
    for (const message of encoded.messages) {
      left--;
      // As C++ and Rust do: dictionary messages carry no application metadata.
      parts.push(partsOf(message, left === 0 ? appMetadata : undefined));
    }
    return this.#all(parts, opens, encoded);
  }

  /** Encodes everything before anything of it counts as sent. */
  #all(
    parts: readonly OutgoingParts[],
    opens: boolean,
    encoded?: EncodedBatch,
  ): EncodedFlightData[] {
    const descriptor = this.#descriptor;
    try {
      const messages = parts.map((part) => this.#sent(part));
      encoded?.commit();
      if (opens) this.#carries = "batches";
      return messages;
    } catch (error) {
      this.#descriptor = descriptor;
      throw error;
    }
  }

  /** Encodes each part of a batch when it is asked for. */
  *#oneByOne(
    parts: readonly OutgoingParts[],
    { messages, count, commit }: EncodedBatch,
    appMetadata: Uint8Array | undefined,
  ): Generator<EncodedFlightData> {
    commit();
    this.#carries = "batches";
    for (const part of parts) yield this.#sent(part);
    let left = count;
    for (const message of messages) {
      left--;
      yield this.#sent(partsOf(message, left === 0 ? appMetadata : undefined));
    }
  }

  /** Sends a message of another stream as it is, except for a descriptor: the call has its own. */
  #forward(
    { descriptor, dataHeader, appMetadata, dataBody }: FlightData,
  ): EncodedFlightData[] {
    const opens = dataHeader.byteLength > 0;
    if (opens && this.#carries === "batches") throw mixed();
    const body = dataBody.byteLength > 0 ? [dataBody] : undefined;
    const parts: FlightDataParts = { dataHeader, appMetadata, body };
    const isEmpty = !opens && body === undefined && appMetadata === undefined;
    // Nothing is left of a message that had only a descriptor.
    if (this.#hasDescriptor && isEmpty) return this.end();
    const message = this.#sent(
      this.#hasDescriptor ? parts : { ...parts, descriptor },
    );
    if (opens) this.#carries = "messages";
    return [message];
  }

  #sent(parts: OutgoingParts): EncodedFlightData {
    const encoded = encodeFlightData(
      this.#descriptor === undefined
        ? parts
        : { ...parts, descriptor: this.#descriptor },
    );
    const { compression, maxSendMessageBytes } = this.#settings;
    // Compression makes few bytes in much time.
    this.#workBytes += compression ? Infinity : encoded.byteLength;
    if (encoded.byteLength > maxSendMessageBytes) {
      const problem =
        `the message has ${encoded.byteLength} bytes, and maxSendMessageBytes is ${maxSendMessageBytes}${
          parts.isDictionary && this.#settings.dictionaries !== "delta"
            ? '; it is a dictionary, which the option dictionaries: "delta" sends in parts'
            : ""
        }`;
      throw noteProblem(
        new FlightError(
          "RESOURCE_EXHAUSTED",
          `Cannot send FlightData: ${problem}`,
        ),
        problem,
      );
    }
    this.#descriptor = undefined;
    return encoded;
  }
}

/**
 * Encodes `messages` one at a time, as it is read from.
 *
 * @param encoderOf Gives the encoder, once there is a first message.
 * @param blame Converts an error of encoding to the one that is reported; errors of `messages` stay
 * as they are.
 */
export function flightDataEncoder(
  messages: Source<OutgoingData>,
  encoderOf: () => FlightDataEncoder = () => new FlightDataEncoder(),
  blame: (error: unknown) => unknown = (error) => error,
): Source<EncodedFlightData> {
  let encoder: FlightDataEncoder | undefined;
  let waiting: Iterator<EncodedFlightData> = [].values();
  /** Number of messages in `waiting`; infinite while it is not known. */
  let left = 0;
  let last: OutgoingData | undefined;
  const encoding = <R>(run: () => R): R => {
    try {
      return run();
    } catch (error) {
      const blamed = blame(error);
      messages.cancel(blamed);
      throw blamed;
    }
  };
  const begin = (message: OutgoingData): void => {
    last = message;
    const encoded = encoding(() => {
      encoder ??= encoderOf();
      return encoder.encode(message);
    });
    left = Array.isArray(encoded) ? encoded.length : Infinity;
    waiting = encoded[Symbol.iterator]();
  };
  /** Gives the next message of the last item; when there is none, the item is no longer needed. */
  const next = (): EncodedFlightData | undefined => {
    const { done, value } = encoding(() => waiting.next());
    if (!done) {
      left--;
      return value;
    }
    left = 0;
    // The transport has copied all that was made of it.
    if (last !== undefined) messages.recycle?.(last);
    last = undefined;
    return undefined;
  };
  let failure: { readonly error: unknown } | undefined;
  return {
    async read() {
      const turn = encoder?.turn();
      if (turn !== undefined) await turn;
      if (failure) throw failure.error;
      while (true) {
        const encoded = next();
        if (encoded !== undefined) return encoded;
        const message = await messages.read();
        if (message === undefined) return undefined;
        begin(message);
      }
    },
    take() {
      if (encoder?.turn() !== undefined) return undefined;
      try {
        while (failure === undefined) {
          const encoded = next();
          if (encoded !== undefined) return encoded;
          const message = messages.take?.();
          if (message === undefined) break;
          begin(message);
        }
      } catch (error) {
        failure = { error };
        // The next read fails.
      }
      return undefined;
    },
    cancel(reason) {
      waiting = [].values();
      messages.cancel(reason);
    },
    hasEnded: () =>
      failure === undefined && left === 0 && messages.hasEnded?.() === true,
  };
}

function partsOf(
  { header, body, bodyLength, isDictionary }: IpcMessage,
  appMetadata?: Uint8Array,
): OutgoingParts {
  return { dataHeader: header, body, bodyLength, appMetadata, isDictionary };
}

function mixed(): TypeError {
  const problem =
    "RecordBatches and FlightData in one stream: each has a schema of its own";
  return noteProblem(new TypeError(`Cannot send ${problem}`), problem);
}
