/** The calls of a client that move data. */

import type { Schema, TypeMap } from "apache-arrow";
import { checkCallOptions } from "../core/call_options.ts";
import { valueName } from "../base/value_name.ts";
import type { DescriptorInit } from "../protocol/flight_descriptor.ts";
import type { PutResult } from "../protocol/put_result.ts";
import { type TicketInit, toTicket } from "../protocol/ticket.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type { FlightStream } from "../stream/flight_stream.ts";
import {
  type FlightDataInit,
  isSchema,
} from "../stream/record_batch_source.ts";
import { encodeTicket } from "../wire/ticket.ts";
import type { CallStarter } from "./call_starter.ts";
import { isData } from "./data_argument.ts";
import type { DataCalls } from "./data_calls.ts";
import type {
  FlightGetOptions,
  FlightPutOptions,
  FlightWriteOptions,
  NoData,
} from "./flight_client_options.ts";
import type { FlightExchange } from "./flight_exchange.ts";
import type { FlightUpload } from "./flight_upload.ts";
import { PredefinedActions } from "./predefined_actions.ts";

/** The part of a FlightClient that moves data: DoGet, DoPut and DoExchange. */
export class DataTransfers extends PredefinedActions {
  readonly #starter: CallStarter;
  readonly #data: DataCalls;

  /**
   * Part of a FlightClient.
   *
   * @param calls Makes the calls.
   * @param data Makes those that carry data.
   */
  constructor(calls: CallStarter, data: DataCalls) {
    super(calls);
    this.#starter = calls;
    this.#data = data;
  }

  /**
   * DoGet: reads the data behind a ticket.
   *
   * The call starts at once. What is not read holds the server back, so read the stream to its end,
   * cancel it, or dispose of it.
   *
   * ```ts
   * import { connectInMemory } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { Field, Int32, Schema, tableFromArrays } from "apache-arrow";
   *
   * const schema = new Schema<{ n: Int32 }>([new Field("n", new Int32())]);
   * await using client = connectInMemory({
   *   doGet: () => tableFromArrays({ n: Int32Array.of(1, 2, 3) }),
   * });
   * let sum = 0;
   * for await (const batch of client.doGet("numbers", { schema })) {
   *   for (const { n } of batch) sum += n;
   * }
   * assertEquals(sum, 6);
   * ```
   *
   * @param ticket The ticket of an endpoint.
   * @param options Options of the call.
   * @returns The record batches.
   */
  doGet<T extends TypeMap = AnyColumns>(
    ticket: TicketInit,
    options: FlightGetOptions<T> = {},
  ): FlightStream<T> {
    const request = encodeTicket(toTicket(ticket));
    const expected = schemaOption(checkCallOptions(options).schema);
    return this.#data.stream<T>(
      "DoGet",
      this.#starter.serverStreaming("DoGet", request, options),
      expected,
    );
  }

  /**
   * Uploads a data set: DoPut with all of `data`.
   *
   * ```ts
   * import { connectInMemory, tableService } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * await using client = connectInMemory(tableService({}, { put: true }));
   * await client.putTable("numbers", tableFromArrays({ n: [1, 2, 3] }));
   * assertEquals((await client.getTable("numbers")).numRows, 3);
   * ```
   *
   * @param descriptor The data set.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The server's answers, when it has read everything; see `doPut`.
   */
  async putTable<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    data: FlightDataInit<T>,
    options: FlightPutOptions<T> = {},
  ): Promise<PutResult[]> {
    isData(data, true);
    return await this.#data.putAll<T>(descriptor, data, options);
  }

  /**
   * DoPut: uploads all of `data`.
   *
   * ```ts
   * import { connectInMemory } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * await using client = connectInMemory({
   *   async doPut(upload) {
   *     const { numRows } = await upload.table();
   *     return [{ appMetadata: Uint8Array.of(numRows) }];
   *   },
   * });
   * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
   * const results = await client.doPut("numbers", table);
   * assertEquals(results[0]?.appMetadata, Uint8Array.of(3));
   * ```
   *
   * @param descriptor The data set.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The server's answers, when it has completed the call and has read everything. Rejects with
   * the failure of `data`, as it is, or with the FlightError of the call: CANCELLED with the origin
   * `remote` when the service completed the call with OK before it had read everything, unless
   * `allowPartial` is set.
   */
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    data: FlightDataInit<T>,
    options?: FlightPutOptions<T>,
  ): Promise<PutResult[]>;
  /**
   * DoPut: starts an upload that you write step by step. It stays open until its `writable` is closed.
   *
   * @param descriptor The data set.
   * @param options Options of the call.
   * @returns The upload: where to write, and the server's answers.
   */
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options?: FlightWriteOptions<T> & NoData,
  ): FlightUpload<T>;
  doPut<T extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    second?: FlightDataInit<T> | FlightWriteOptions<T>,
    options?: FlightPutOptions<T>,
  ): Promise<PutResult[]> | FlightUpload<T> {
    return isData(second, options !== undefined)
      ? this.#data.putAll<T>(descriptor, second, options ?? {})
      : this.#data.put<T>(descriptor, second ?? {});
  }

  /**
   * DoExchange: sends all of `data` in one call, and reads the answer meanwhile.
   *
   * The data is sent as fast as the server reads it. Read the answer to its end, cancel it, or dispose
   * of it, as that of DoGet. A server may complete the call before it has read everything; `data` is
   * cancelled then.
   *
   * ```ts
   * import { connectInMemory } from "@contrail/flight/memory";
   * import { assertEquals } from "@std/assert";
   * import { tableFromArrays } from "apache-arrow";
   *
   * await using client = connectInMemory({ doExchange: (input) => input });
   * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
   * const echo = client.doExchange({ cmd: "echo" }, table);
   * assertEquals((await echo.table()).numRows, 3);
   * ```
   *
   * @param descriptor The subject of the exchange.
   * @param data A table, a reader, or any iterable or stream of batches.
   * @param options Options of the call.
   * @returns The batches that the server sends. A failure of `data` fails the stream, as it is.
   */
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    data: FlightDataInit<Out>,
    options?: FlightWriteOptions<Out>,
  ): FlightStream<In>;
  /**
   * DoExchange: starts an exchange that you write step by step. The descriptor is sent at once; then
   * the server may send first, or the client.
   *
   * @param descriptor The subject of the exchange.
   * @param options Options of the call.
   * @returns Both directions.
   */
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    options?: FlightWriteOptions<Out> & NoData,
  ): FlightExchange<Out, In>;
  doExchange<Out extends TypeMap = AnyColumns, In extends TypeMap = AnyColumns>(
    descriptor: DescriptorInit,
    second?: FlightDataInit<Out> | FlightWriteOptions<Out>,
    options?: FlightWriteOptions<Out>,
  ): FlightStream<In> | FlightExchange<Out, In> {
    return isData(second, options !== undefined)
      ? this.#data.exchangeAll<Out, In>(descriptor, second, options ?? {})
      : this.#data.exchange<Out, In>(descriptor, second ?? {});
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
