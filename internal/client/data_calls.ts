/** Starts the calls of a client that carry a data stream. */

import type { Schema, TypeMap } from "apache-arrow";
import { discard } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import { valueName } from "../base/value_name.ts";
import {
  checkCallOptions,
  type FlightCallOptions,
} from "../core/call_options.ts";
import { objectOption } from "../core/check_option.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import { malformedAnswer } from "../core/malformed_answer.ts";
import { lately } from "../core/part.ts";
import {
  type WriteSettings,
  writeSettings,
} from "../ipc/encode/ipc_settings.ts";
import {
  type DescriptorInit,
  toDescriptor,
} from "../protocol/flight_descriptor.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import type { PutResult } from "../protocol/put_result.ts";
import { type TicketInit, toTicket } from "../protocol/ticket.ts";
import { writeTimer } from "../read/idle_timeouts.ts";
import { AwaitedAnswers } from "../seam/awaited_answers.ts";
import type { CallResponse } from "../seam/transport.ts";
import type { DataDecoder } from "../stream/data_decoder.ts";
import { decoderPart } from "../stream/decoder_part.ts";
import { FlightStream } from "../stream/flight_stream.ts";
import { LateDecoder } from "../stream/late_decoder.ts";
import {
  type FlightDataInit,
  isSchema,
} from "../stream/record_batch_source.ts";
import { putResultCodec } from "../protocol/put_result.ts";
import { ticketCodec } from "../protocol/ticket.ts";
import { isData } from "./data_argument.ts";
import { deliveredData } from "../stream/delivered_data.ts";
import { type CallStarter, decodedMessages } from "./call_starter.ts";
import { DataWritable } from "./data_writable.ts";
import type {
  FlightGetOptions,
  FlightPutOptions,
  FlightWriteOptions,
} from "./flight_client_options.ts";
import { FlightExchange } from "./flight_exchange.ts";
import { FlightUpload } from "./flight_upload.ts";

/** The data calls of one client. */
export class DataCalls {
  readonly #calls: CallStarter;
  readonly #reading: IpcReadOptions;
  readonly #writing: WriteSettings;

  /** Calls with the client's defaults. */
  constructor(
    calls: CallStarter,
    reading: IpcReadOptions,
    writing: WriteSettings,
  ) {
    this.#calls = calls;
    this.#reading = reading;
    this.#writing = writing;
  }

  /** DoGet. */
  get<T extends TypeMap>(
    ticket: TicketInit,
    options: FlightGetOptions<T>,
  ): FlightStream<T> {
    const expected = schemaOption(checkCallOptions(options).schema);
    return this.#stream("DoGet", this.#got(ticket, options), expected);
  }

  /** DoGet, without a stream around its messages. */
  getMessages(ticket: TicketInit, options: FlightCallOptions): DataDecoder {
    return this.#decoder("DoGet", this.#got(ticket, options));
  }

  /** DoPut, with or without its data. */
  put<T extends TypeMap>(
    descriptor: DescriptorInit,
    second: FlightDataInit<T> | FlightWriteOptions<T> | undefined,
    options: FlightPutOptions<T> | undefined,
  ): Promise<PutResult[]> | FlightUpload<T> {
    return isData(second, options !== undefined)
      ? this.#putAll<T>(descriptor, second, options ?? {})
      : this.#upload<T>(descriptor, second ?? {});
  }

  /** DoPut with its data. */
  async putTable<T extends TypeMap>(
    descriptor: DescriptorInit,
    data: FlightDataInit<T>,
    options: FlightPutOptions<T>,
  ): Promise<PutResult[]> {
    const known = startedFor(data, () => toDescriptor(descriptor));
    isData(data, true);
    return await this.#putAll<T>(known, data, options);
  }

  /** DoExchange, with or without its data. */
  exchange<Out extends TypeMap, In extends TypeMap>(
    descriptor: DescriptorInit,
    second: FlightDataInit<Out> | FlightWriteOptions<Out> | undefined,
    options: FlightWriteOptions<Out> | undefined,
  ): FlightStream<In> | FlightExchange<Out, In> {
    return isData(second, options !== undefined)
      ? this.#exchangeAll<Out, In>(descriptor, second, options ?? {})
      : this.#exchange<Out, In>(descriptor, second ?? {});
  }

  #upload<T extends TypeMap>(
    descriptor: DescriptorInit,
    options: FlightWriteOptions<T>,
  ): FlightUpload<T> {
    const { data, response } = this.#write("DoPut", descriptor, options);
    return new FlightUpload(data, {
      headers: response.headers,
      trailers: () => response.trailers(),
      messages: decodedMessages<PutResult>(
        "DoPut",
        response,
        putResultCodec.decode,
      ),
    });
  }

  async #putAll<T extends TypeMap>(
    descriptor: DescriptorInit,
    data: FlightDataInit<T>,
    options: FlightPutOptions<T>,
  ): Promise<PutResult[]> {
    const { allowPartial } = objectOption("options", options);
    const upload = startedFor(
      data,
      () => this.#upload<T>(descriptor, options),
    );
    return await upload.writeAll(data, { allowPartial });
  }

  #exchange<Out extends TypeMap, In extends TypeMap>(
    descriptor: DescriptorInit,
    options: FlightWriteOptions<Out>,
  ): FlightExchange<Out, In> {
    const { data, response } = this.#write("DoExchange", descriptor, options);
    const messages = new AwaitedAnswers(response.messages);
    const readable = this.#stream<In>("DoExchange", { ...response, messages });
    data.closeAfter(async (signal) => {
      if (!readable.locked) await messages.wait(signal);
    });
    return new FlightExchange<Out, In>(data, readable);
  }

  #exchangeAll<Out extends TypeMap, In extends TypeMap>(
    descriptor: DescriptorInit,
    data: FlightDataInit<Out>,
    options: FlightWriteOptions<Out>,
  ): FlightStream<In> {
    const { data: sink, response } = startedFor(
      data,
      () => this.#write<Out>("DoExchange", descriptor, options),
    );
    sink.send(data);
    return this.#stream("DoExchange", response);
  }

  #got(
    ticket: TicketInit,
    options: FlightCallOptions,
  ): CallResponse<Uint8Array> {
    const request = ticketCodec.encode(toTicket(ticket));
    return deliveredData(ticket) ??
      this.#calls.serverStreaming("DoGet", request, options);
  }

  #stream<T extends TypeMap>(
    method: FlightMethod,
    response: CallResponse<Uint8Array>,
    expected?: Schema<T>,
  ): FlightStream<T> {
    return new FlightStream<T>(
      this.#decoder(method, response, expected),
      response,
    );
  }

  #decoder(
    method: FlightMethod,
    response: CallResponse<Uint8Array>,
    expected?: Schema,
  ): DataDecoder {
    // It is loaded while the server works.
    const decoder = lately(() => {
      const { FlightDataDecoder, verifySchema } = decoderPart.needed();
      return new FlightDataDecoder(
        response.messages,
        this.#reading,
        (error) => malformedAnswer(error, method),
        expected && ((schema) => verifySchema(schema, expected, method)),
      );
    });
    return isPromise(decoder)
      ? new LateDecoder(response.messages, decoder)
      : decoder;
  }

  #write<T extends TypeMap>(
    method: "DoPut" | "DoExchange",
    descriptor: DescriptorInit,
    options: FlightWriteOptions<T>,
  ): { data: DataWritable<T>; response: CallResponse<Uint8Array> } {
    checkCallOptions(options);
    const data = new DataWritable<T>({
      descriptor: toDescriptor(descriptor),
      schema: objectOption("schema", options.schema),
      descriptorFirst: method === "DoExchange",
      settings: writeSettings(options, this.#writing),
      method,
      timer: writeTimer(
        method,
        options,
        (error) => response.messages.cancel(error),
      ),
    });
    const response = this.#calls.start(method, data, options);
    return { data, response };
  }
}

/**
 * Returns the call that `start` starts. If it throws, `data` is canceled, because it will not be
 * read.
 */
function startedFor<C>(data: unknown, start: () => C): C {
  try {
    return start();
  } catch (error) {
    discard(data, error);
    throw error;
  }
}

function schemaOption<T extends TypeMap>(
  schema: Schema<T> | undefined,
): Schema<T> | undefined {
  if (schema === undefined || isSchema(schema)) return schema;
  throw new TypeError(
    `Cannot use option schema: it must be a Schema, not ${valueName(schema)}`,
  );
}
