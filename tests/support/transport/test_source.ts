/** Sources of messages for the tests of transports. */

import type { Source } from "../../../internal/base/source.ts";

/** A source that remembers what was done to it. */
export class TestSource<T> implements Source<T> {
  /** Number of values that were requested. */
  reads = 0;
  /** Resolves to the reason of the first cancellation. */
  readonly cancelled: Promise<unknown>;
  #cancel: (reason: unknown) => void;
  #next: (index: number) => Promise<T | undefined> | T | undefined;

  /** @param next Gives the value of an index; undefined is the end. */
  constructor(
    next: (index: number) => Promise<T | undefined> | T | undefined,
  ) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.cancelled = promise;
    this.#cancel = resolve;
    this.#next = next;
  }

  async read(): Promise<T | undefined> {
    return await this.#next(this.reads++);
  }

  cancel(reason: unknown): void {
    this.#cancel(reason);
  }
}

/** The given values. */
export function values<T>(...list: T[]): TestSource<T> {
  return new TestSource((index) => list[index]);
}

/** A source whose reads never settle. */
export function never<T>(): TestSource<T> {
  return new TestSource<T>(() => new Promise(() => {}));
}

/** All that is left of a source. */
export async function rest<T>(source: Source<T>): Promise<T[]> {
  const list: T[] = [];
  for (let value; (value = await source.read()) !== undefined;) {
    list.push(value);
  }
  return list;
}
