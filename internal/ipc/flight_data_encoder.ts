/** FlightMessageInit → FlightData: the sending half of a data stream. */

import type { Schema } from "apache-arrow";
import type { Source } from "../base/source.ts";
import type { FlightDescriptor } from "../core/flight_descriptor.ts";
import { schemaOf } from "./batch_schema.ts";
import { encodeFlightData, type FlightDataInit } from "../wire/flight_data.ts";
import { IpcEncoder } from "./ipc_encoder.ts";
import type { IpcMessage } from "./ipc_message.ts";
import type { FlightMessageInit } from "./flight_message.ts";

/** Encoded FlightData: the shape of a transport's outgoing message. */
export type EncodedFlightData = ReturnType<typeof encodeFlightData>;

/** Options of {@linkcode flightDataEncoder}. */
export interface FlightDataEncoderOptions {
  /** Sent with the first message. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** Sent at once, before the first message is read; by default the schema of the first batch. */
  readonly schema?: Schema | undefined;
  /** Whether the descriptor is sent at once, by itself where there is no schema yet. */
  readonly descriptorFirst?: boolean | undefined;
}

/** Encodes `messages` one at a time, as it is read from. */
export function flightDataEncoder(
  messages: Source<FlightMessageInit>,
  options: FlightDataEncoderOptions = {},
): Source<EncodedFlightData> {
  return new FlightDataEncoder(messages, options);
}

class FlightDataEncoder implements Source<EncodedFlightData> {
  readonly #messages: Source<FlightMessageInit>;
  readonly #ipc = new IpcEncoder();
  #descriptor: FlightDescriptor | undefined;
  #schemaSent = false;
  #waiting: EncodedFlightData[] = [];

  constructor(
    messages: Source<FlightMessageInit>,
    { descriptor, schema, descriptorFirst }: FlightDataEncoderOptions,
  ) {
    this.#messages = messages;
    this.#descriptor = descriptor;
    if (schema !== undefined) this.#encodeSchema(schema);
    else if (descriptorFirst) this.#push({});
  }

  async read(): Promise<EncodedFlightData | undefined> {
    while (this.#waiting.length === 0) {
      const message = await this.#messages.read();
      if (message === undefined) {
        this.#encodeEnd();
        return this.#waiting.shift();
      }
      try {
        this.#encode(message);
      } catch (error) {
        this.#messages.cancel(error);
        throw error;
      }
    }
    return this.#waiting.shift();
  }

  cancel(reason: unknown): void {
    this.#waiting = [];
    this.#messages.cancel(reason);
  }

  #encode({ schema, batch, appMetadata }: FlightMessageInit): void {
    if (schema !== undefined) this.#encodeSchema(schema);
    if (batch !== undefined) {
      if (!this.#schemaSent) this.#encodeSchema(schemaOf(batch));
      const messages = this.#ipc.encode(batch);
      const last = messages.length - 1;
      for (const [index, message] of messages.entries()) {
        // As C++ and Rust do: dictionary messages carry no application metadata.
        this.#pushIpc(message, index === last ? appMetadata : undefined);
      }
    } else if (appMetadata !== undefined) {
      this.#push({ appMetadata });
    }
  }

  #encodeSchema(schema: Schema): void {
    if (this.#schemaSent) {
      // A table or a reader in mid-stream names the schema again; its batches are checked against it.
      return;
    }
    this.#schemaSent = true;
    this.#pushIpc(this.#ipc.schema(schema));
  }

  /** The descriptor must not be lost, even where nothing followed it. */
  #encodeEnd(): void {
    if (this.#descriptor !== undefined) this.#push({});
  }

  #pushIpc(message: IpcMessage, appMetadata?: Uint8Array): void {
    this.#push({
      dataHeader: message.header,
      body: message.body,
      bodyLength: message.bodyLength,
      appMetadata,
    });
  }

  #push(data: FlightDataInit): void {
    this.#waiting.push(
      encodeFlightData({ ...data, descriptor: this.#descriptor }),
    );
    this.#descriptor = undefined;
  }
}
