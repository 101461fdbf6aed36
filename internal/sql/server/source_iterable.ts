/** Sources as iterables. */

import { registerStream, type Source } from "../../base/source.ts";

/** Source as an async iterable, which can be read once: it costs less than a stream. */
export class SourceIterable<T> implements AsyncIterable<T> {
  readonly #source: Source<T>;

  /** @param source The source. */
  constructor(source: Source<T>) {
    this.#source = source;
    registerStream(this, () => source);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const source = this.#source;
    let isOver = false;
    return {
      async next(): Promise<IteratorResult<T, undefined>> {
        const value = isOver ? undefined : await source.read();
        if (value !== undefined) return { done: false, value };
        isOver = true;
        return { done: true, value: undefined };
      },
      return() {
        if (!isOver) source.cancel(undefined);
        isOver = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}
