/** Accepted forms of data: everything that holds record batches. */

import type {
  RecordBatch,
  RecordBatchReader,
  Schema,
  Table,
  TypeMap,
} from "apache-arrow";
import { discard, quietly } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import {
  isReadableStream,
  type Iterables,
  singleSource,
  type Source,
  toSource,
} from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { valueName } from "../base/value_name.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { AnyColumns, FlightMessageInit } from "./flight_message.ts";
import { noteProblem } from "../core/unsendable.ts";

/**
 * Piece of data: a record batch, a whole table, a message with application metadata, or a message
 * of another stream that was not decoded.
 *
 * @typeParam T The columns.
 */
export type FlightDataItem<T extends TypeMap = AnyColumns> =
  | RecordBatch<T>
  | Table<T>
  | FlightMessageInit<T>
  | FlightData;

/**
 * Data to send: a Table, a RecordBatch, a RecordBatchReader of apache-arrow, or a ReadableStream,
 * AsyncIterable or Iterable of {@linkcode FlightDataItem}. It is read only as fast as the other
 * side reads, and canceled when the call ends early.
 *
 * @typeParam T The columns.
 */
export type FlightDataInit<T extends TypeMap = AnyColumns> =
  | Table<T>
  | RecordBatch<T>
  | RecordBatchReader<T>
  // Rows of a Table or a RecordBatch have the type any: without this, rows of any columns would be
  // accepted.
  | (Iterables<FlightDataItem<T>> & { readonly numRows?: undefined });

/** Unit of encoding: a message to encode, or one that is sent unchanged. */
export type OutgoingData<T extends TypeMap = AnyColumns> =
  | FlightMessageInit<T>
  | FlightData;

/**
 * Makes a stream of the record batches of `data`, for `pipeTo` into a writable of a call.
 *
 * @param data A table, a reader, or any iterable of batches.
 * @returns A stream that reads `data` when it is read; canceling it cancels `data`.
 * @throws {TypeError} When `data` is none of these.
 */
export function recordBatches<T extends TypeMap = AnyColumns>(
  data: FlightDataInit<T>,
): ReadableStream<FlightMessageInit<T> | FlightData> {
  return streamOf(messagesOf(data));
}

/**
 * Makes the messages of `data`, one batch each; a schema that is known beforehand comes first.
 *
 * @param blame Converts the error of a value that is not data to the one that is reported.
 * @throws {TypeError} When `data` is none of the forms.
 */
export function messagesOf<T extends TypeMap>(
  data: FlightDataInit<T>,
  blame: (error: unknown) => unknown = (error) => error,
): Source<OutgoingData<T>> {
  // Streams come first: access to the `schema` of one of this package would read from it.
  if (isObject(data) && !ArrayBuffer.isView(data) && !isUpload(data)) {
    if (isReadableStream(data)) return itemsOf<T>(data, blame);
    if (isReader(data)) return readerSource(data, blame);
    if (Symbol.asyncIterator in data) return itemsOf<T>(data, blame);
    if (isRecordBatch(data) || isTable(data)) {
      return flatten(singleSource(data as FlightDataItem<T>), blame);
    }
    if (Symbol.iterator in data) {
      return itemsOf(data as Iterable<FlightDataItem<T>>, blame);
    }
  }
  const error = wrongData(
    `it must be ${DATA_FORMS}, not ${valueName(data)}` +
      (ArrayBuffer.isView(data) ? ` (${IPC_BYTES})` : ""),
  );
  discard(data, error);
  throw error;
}

/** Advice for data that is not Arrow's, for error texts. */
export const PLAIN_VALUES: string =
  "tableFromArrays and tableFromJSON of apache-arrow make a Table of plain values";

/** Advice for bytes, for error texts. */
export const IPC_BYTES: string =
  "RecordBatchReader.from of apache-arrow reads bytes of the IPC format";

/** Forms of data, for error texts. */
export const DATA_FORMS: string =
  "a Table, a RecordBatch, a RecordBatchReader, or a ReadableStream, AsyncIterable or Iterable of them";

/** Reports whether `value` is data: one of the forms that {@linkcode messagesOf} accepts. */
export function isDataForm(value: unknown): boolean {
  return isObject(value) && !ArrayBuffer.isView(value) && !isUpload(value) &&
    (isReadableStream(value) || isReader(value) ||
      Symbol.asyncIterator in value || isRecordBatch(value) ||
      isTable(value) || Symbol.iterator in value);
}

/** Reports whether `value` is an upload. A server gives its results for data that it has read, so they are none. */
export function isUpload(value: object): boolean {
  return "writable" in value && "results" in value;
}

/** Reports whether `item` is a message that was not decoded. */
export function isFlightData(item: unknown): item is FlightData {
  const data = item as Partial<FlightData> | undefined;
  return data?.dataHeader instanceof Uint8Array &&
    data.dataBody instanceof Uint8Array;
}

/** Makes the messages of one item. */
export function itemMessages<T extends TypeMap>(
  item: FlightDataItem<T>,
): OutgoingData<T>[] {
  // A stream in a stream is a mistake; access to its `schema` would read from it.
  if (isObject(item) && !isReadableStream(item) && !isPromise(item)) {
    if (isRecordBatch(item)) {
      return isPlaceholder(item)
        ? [{ schema: item.schema }]
        : [{ batch: item }];
    }
    if (isTable(item)) {
      return [
        { schema: item.schema },
        ...item.batches.map((batch) => ({ batch })),
      ];
    }
    if (isFlightData(item)) return [item];
    const message = item as FlightMessageInit<T>;
    if (
      (message.batch === undefined || isRecordBatch(message.batch)) &&
      (message.schema === undefined || isSchema(message.schema)) &&
      (message.appMetadata === undefined ||
        message.appMetadata instanceof Uint8Array ||
        typeof message.appMetadata === "string") &&
      (message.batch ?? message.schema ?? message.appMetadata) !== undefined
    ) {
      return [message];
    }
  }
  const error = wrongItem(item);
  discard(item, error);
  throw error;
}

function wrongData(problem: string): TypeError {
  return noteProblem(new TypeError(`Cannot send data: ${problem}`), problem);
}

function wrongItem(item: unknown): TypeError {
  return wrongData(
    "it must consist of RecordBatches, Tables, messages { batch?, schema?, appMetadata? }, or " +
      `FlightData, not of ${itemName(item)}`,
  );
}

/** Names an item, and what is wrong with it if that can be told. */
function itemName(item: unknown): string {
  const name = valueName(item);
  if (ArrayBuffer.isView(item)) return `${name} (${IPC_BYTES})`;
  if (!isObject(item) || Object.getPrototypeOf(item) !== Object.prototype) {
    return name;
  }
  const { batch, schema, appMetadata } = item as Record<string, unknown>;
  const part = (field: string, value: unknown, kind: string) =>
    `${name} whose ${field} is ${valueName(value)}, not ${kind}`;
  if (batch !== undefined && !isRecordBatch(batch)) {
    return part("batch", batch, "a RecordBatch");
  }
  if (schema !== undefined && !isSchema(schema)) {
    return part("schema", schema, "a Schema");
  }
  return appMetadata === undefined
    ? `${name} (${PLAIN_VALUES})`
    : part("appMetadata", appMetadata, "a Uint8Array or a string");
}

/** Makes the messages of items. */
function itemsOf<T extends TypeMap>(
  items: Iterables<FlightDataItem<T>>,
  blame: (error: unknown) => unknown,
): Source<OutgoingData<T>> {
  const missing = () => blame(wrongItem(undefined));
  return flatten(toSource(items, missing), blame);
}

function flatten<T extends TypeMap>(
  items: Source<FlightDataItem<T>>,
  blame: (error: unknown) => unknown,
): Source<OutgoingData<T>> {
  let waiting: OutgoingData<T>[] = [];
  let item: FlightDataItem<T> | undefined;
  let last: OutgoingData<T> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const open = (one: FlightDataItem<T>): OutgoingData<T>[] => {
    try {
      item = one;
      return itemMessages(one);
    } catch (error) {
      items.cancel(error);
      failure = { error: blame(error) };
      throw failure.error;
    }
  };
  return {
    async read() {
      if (failure) throw failure.error;
      while (waiting.length === 0) {
        const next = await items.read();
        if (next === undefined) return undefined;
        waiting = open(next);
      }
      return last = waiting.shift();
    },
    take() {
      while (waiting.length === 0) {
        const next = failure ? undefined : items.take?.();
        if (next === undefined) return undefined;
        try {
          waiting = open(next);
        } catch {
          // The next read fails.
        }
      }
      return last = waiting.shift();
    },
    cancel(reason) {
      waiting = [];
      items.cancel(reason);
    },
    hasEnded: () =>
      failure === undefined && waiting.length === 0 &&
      items.hasEnded?.() === true,
    recycle(message) {
      // Also if others were read after it, as pipeTo does.
      if (isFlightData(message)) items.recycle?.(message);
      else if (message === last && item && waiting.length === 0) {
        items.recycle?.(item);
      }
    },
  };
}

/** Reads from a reader of apache-arrow, which knows its schema only once it is open. */
function readerSource<T extends TypeMap>(
  reader: RecordBatchReader<T>,
  blame: (error: unknown) => unknown,
): Source<OutgoingData<T>> {
  let batches: Source<OutgoingData<T>> | undefined;
  return {
    async read() {
      if (batches !== undefined) return batches.read();
      await reader.open();
      // It hides the failure of its source.
      if (!isSchema(reader.schema)) {
        throw blame(
          wrongData(
            "the RecordBatchReader has no schema; its source is empty, or has failed",
          ),
        );
      }
      batches = itemsOf<T>(
        reader as unknown as AsyncIterable<RecordBatch<T>>,
        blame,
      );
      return { schema: reader.schema };
    },
    cancel(reason) {
      if (batches !== undefined) batches.cancel(reason);
      else quietly(() => reader.cancel());
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

// These checks look at shapes, not classes: the object may come from another copy of apache-arrow.

/** Reports whether `value` is a schema. */
export function isSchema(value: unknown): value is Schema {
  const schema = value as Partial<Schema> | undefined;
  return Array.isArray(schema?.fields) && schema?.dictionaries instanceof Map;
}

/** Reports whether `value` is a record batch. */
export function isRecordBatch(value: unknown): value is RecordBatch {
  const batch = value as Partial<RecordBatch> | undefined;
  // Last, since that of a FlightInfo is decoded when it is asked for.
  return typeof batch?.numRows === "number" &&
    Array.isArray(batch.data?.children) && isSchema(batch.schema);
}

/** Reports whether `value` is a table. */
export function isTable(value: unknown): value is Table {
  const table = value as Partial<Table> | undefined;
  return Array.isArray(table?.batches) && isSchema(table.schema);
}

function isReader(value: unknown): value is RecordBatchReader {
  const reader = value as Partial<RecordBatchReader> | undefined;
  return typeof reader?.open === "function" &&
    typeof reader.readRecordBatch === "function";
}

/**
 * Detects the placeholder batch that apache-arrow's readers return for a stream without batches.
 */
function isPlaceholder(batch: RecordBatch): boolean {
  return batch.constructor.name.startsWith("_InternalEmptyPlaceholder");
}
