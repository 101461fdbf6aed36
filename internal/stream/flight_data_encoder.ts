/** FlightMessageInit → FlightData: the sending half of a data stream. */

import type { Schema } from "apache-arrow";
import type { Source } from "../base/source.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";
import { FlightError } from "../core/flight_error.ts";
import {
  type EncodedFlightData,
  encodeFlightData,
  type FlightDataParts,
} from "../wire/flight_data.ts";
import { schemaOf } from "../arrow/batch_schema.ts";
import type { FlightMessageInit } from "./flight_message.ts";
import { type EncodedBatch, IpcEncoder } from "../ipc/encode/ipc_encoder.ts";
import type { IpcMessage } from "../ipc/encode/ipc_message.ts";
import {
  DEFAULT_WRITE_SETTINGS,
  type WriteSettings,
} from "../ipc/encode/ipc_settings.ts";
import { isFlightData, type OutgoingData } from "./record_batch_source.ts";

export type { EncodedFlightData };

/** The parts of a message, and what it is. */
interface OutgoingParts extends FlightDataParts {
  /** Whether it is a dictionary batch. */
  readonly isDictionary?: boolean | undefined;
}

/** Options of {@linkcode FlightDataEncoder}. */
export interface FlightDataEncoderOptions {
  /** Sent with the first message. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** Sent at once, before the first message is read; by default the schema of the first batch. */
  readonly schema?: Schema | undefined;
  /** Whether the descriptor is sent at once, by itself where there is no schema yet. */
  readonly descriptorFirst?: boolean | undefined;
  /** How batches are encoded. */
  readonly settings?: WriteSettings | undefined;
}

/**
 * Encodes one data stream, message by message. An `encode` that throws has sent nothing and changed
 * nothing: the stream goes on with the next message.
 */
export class FlightDataEncoder {
  readonly #options: FlightDataEncoderOptions;
  readonly #settings: WriteSettings;
  readonly #ipc: IpcEncoder;
  readonly #hasDescriptor: boolean;
  /** Not sent yet. */
  #descriptor: FlightDescriptor | undefined;
  /** What the stream consists of, once it has a schema: its own batches, or messages of another. */
  #carries: "batches" | "messages" | undefined;

  /**
   * Nothing is sent yet.
   *
   * @param options What the stream begins with.
   */
  constructor(options: FlightDataEncoderOptions = {}) {
    this.#options = options;
    this.#settings = options.settings ?? DEFAULT_WRITE_SETTINGS;
    this.#ipc = new IpcEncoder(this.#settings);
    this.#descriptor = options.descriptor;
    this.#hasDescriptor = options.descriptor !== undefined;
  }

  /** What is sent before anything is written. */
  begin(): EncodedFlightData[] {
    const { schema, descriptorFirst } = this.#options;
    if (schema !== undefined) return [...this.#encode({ schema })];
    return descriptorFirst ? this.end() : [];
  }

  /**
   * Encodes a message.
   *
   * @returns What is to be sent, in order. Parts of a batch that was split are encoded as they are
   * taken, unless there is a bound of messages: then all of them before the first.
   * @throws {FlightError} When a batch does not fit the stream, or a message exceeds the bound.
   * @throws {TypeError} When batches and messages of another stream are mixed.
   */
  encode(message: OutgoingData): Iterable<EncodedFlightData> {
    return isFlightData(message)
      ? this.#forward(message)
      : this.#encode(message);
  }

  /** What is sent at the end: the descriptor must not be lost, even where nothing followed it. */
  end(): EncodedFlightData[] {
    return this.#descriptor === undefined ? [] : [this.#sent({})];
  }

  #encode(
    { schema, batch, appMetadata }: FlightMessageInit,
  ): Iterable<EncodedFlightData> {
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
    // A table or a reader in mid-stream names the schema again; its batches are checked against it.
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

  /** Sends a message of another stream as it is, but for a descriptor: the call has its own. */
  #forward(
    { descriptor, dataHeader, appMetadata, dataBody }: FlightData,
  ): EncodedFlightData[] {
    const opens = dataHeader.byteLength > 0;
    if (opens && this.#carries === "batches") throw mixed();
    const body = dataBody.byteLength > 0 ? [dataBody] : undefined;
    const parts: FlightDataParts = { dataHeader, appMetadata, body };
    const isEmpty = !opens && body === undefined && appMetadata === undefined;
    // Of a message that had nothing but its descriptor nothing is left.
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
    const { maxSendMessageBytes } = this.#settings;
    if (encoded.byteLength > maxSendMessageBytes) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `Cannot send FlightData: the message has ${encoded.byteLength} bytes, and maxSendMessageBytes is ${maxSendMessageBytes}${
          parts.isDictionary && this.#settings.dictionaries !== "delta"
            ? '; it is a dictionary, which the option dictionaries: "delta" sends in parts'
            : ""
        }`,
      );
    }
    this.#descriptor = undefined;
    return encoded;
  }
}

/**
 * Encodes `messages` one at a time, as it is read from.
 *
 * @param settings Gives what holds for the stream, once there is a first message.
 * @param blame Gives an error of encoding the form in which it is reported; those of `messages` stay as
 * they are.
 */
export function flightDataEncoder(
  messages: Source<OutgoingData>,
  settings: () => WriteSettings = () => DEFAULT_WRITE_SETTINGS,
  blame: (error: unknown) => unknown = (error) => error,
): Source<EncodedFlightData> {
  let encoder: FlightDataEncoder | undefined;
  let waiting: Iterator<EncodedFlightData> = [].values();
  const encoding = <R>(run: () => R): R => {
    try {
      return run();
    } catch (error) {
      const blamed = blame(error);
      messages.cancel(blamed);
      throw blamed;
    }
  };
  return {
    async read() {
      while (true) {
        const { done, value } = encoding(() => waiting.next());
        if (!done) return value;
        const message = await messages.read();
        if (message === undefined) return undefined;
        waiting = encoding(() => {
          encoder ??= new FlightDataEncoder({ settings: settings() });
          return encoder.encode(message)[Symbol.iterator]();
        });
      }
    },
    cancel(reason) {
      waiting = [].values();
      messages.cancel(reason);
    },
  };
}

function partsOf(
  { header, body, bodyLength, isDictionary }: IpcMessage,
  appMetadata?: Uint8Array,
): OutgoingParts {
  return { dataHeader: header, body, bodyLength, appMetadata, isDictionary };
}

function mixed(): TypeError {
  return new TypeError(
    "Cannot send RecordBatches and FlightData in one stream: each has a schema of its own",
  );
}
