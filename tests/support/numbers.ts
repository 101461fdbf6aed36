/** Data and helpers that the tests of calls share. */

import { assert, assertInstanceOf } from "@std/assert";
import { FlightError, type FlightErrorCode } from "@contrail/flight";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";

/** The columns of all test data. */
export type Numbers = { n: Int32 };

/** The schema of all test data. */
export const NUMBERS: Schema<Numbers> = new Schema([
  new Field("n", new Int32(), false),
]);

/** A batch of the given numbers. */
export function numbers(...values: number[]): RecordBatch<Numbers> {
  return batchOf(Int32Array.from(values));
}

/** A batch of `rows` rows that all hold `value`: 4 bytes a row. */
export function filled(rows: number, value: number): RecordBatch<Numbers> {
  return batchOf(new Int32Array(rows).fill(value));
}

function batchOf(data: Int32Array): RecordBatch<Numbers> {
  const child = makeData({
    type: new Int32(),
    length: data.length,
    nullCount: 0,
    data,
  });
  return new RecordBatch(
    NUMBERS,
    makeData({
      type: new Struct(NUMBERS.fields),
      length: data.length,
      nullCount: 0,
      children: [child],
    }),
  ) as RecordBatch<Numbers>;
}

/** The numbers of a batch. */
export function values(batch: RecordBatch): number[] {
  return [...batch.getChildAt(0)!] as number[];
}

/** Awaits a rejection with a FlightError of the given code. */
export async function assertFlightError(
  promise: Promise<unknown>,
  code: FlightErrorCode,
  message?: string | RegExp,
): Promise<FlightError> {
  const error = await rejection(promise);
  assertInstanceOf(error, FlightError, `got ${error}`);
  assert(error.code === code, `expected ${code}, got ${error}`);
  if (message !== undefined) {
    const matches = typeof message === "string"
      ? error.message === message
      : message.test(error.message);
    assert(matches, `expected ${message}, got ${error.message}`);
  }
  return error;
}

/** Awaits a rejection and gives its reason. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

/** A promise to be resolved from outside, for tests that wait for an event. */
export function event<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
} {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, resolve };
}

/** Resolves when `signal` is aborted, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

/** Lets timers and sockets have a number of turns. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** A signal, and how many listeners it has. */
export function countingSignal(): {
  readonly signal: AbortSignal;
  readonly listeners: () => number;
} {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal) as EventTarget[
    "addEventListener"
  ];
  const remove = signal.removeEventListener.bind(signal) as EventTarget[
    "removeEventListener"
  ];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  return { signal, listeners: () => listeners };
}
