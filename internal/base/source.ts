/**
 * The pull interface between the layers of this package.
 *
 * A {@linkcode Source} is like a `ReadableStreamDefaultReader`, but simpler: one read at a time,
 * nothing is produced before it is read, and `cancel` takes effect at once, even while a read is
 * pending (the `return()` of an async generator would wait for that read).
 */

import { failureOf, quietly } from "./handled.ts";
import { isPromise } from "./is_promise.ts";

/** A pull interface: values one at a time, none of which is produced before it is asked for. */
export interface Source<T> {
  /**
   * Reads the next value. After the end or a failure every read has the same result. At most one read
   * may be pending.
   *
   * @returns The value, or `undefined` at the end. Rejects when the source fails.
   */
  read(): Promise<T | undefined>;
  /**
   * Tells the producer that nothing more will be read. Idempotent, takes effect at once, never
   * throws; a pending read may settle either way.
   *
   * @param reason The reason, which the producer may report.
   */
  cancel(reason: unknown): void;
  /**
   * Takes the next value if it is at hand, without the cost of a promise. Absent if it never can. No
   * read may be pending.
   *
   * @returns The value. `undefined` says nothing: `read` gives the value, the end or the error.
   */
  take?(): T | undefined;
  /**
   * Takes back the memory of a value, which it uses for later ones. Absent if it cannot; then values
   * are left to the garbage collector.
   *
   * @param value A value that it gave. Nothing may use it, or a part of it, from now on. Other values
   * are ignored.
   */
  recycle?(value: T): void;
  /**
   * Reports whether it is known that no value follows. Absent if it never is.
   *
   * @returns True if `read` will give the end; false says nothing.
   */
  hasEnded?(): boolean;
}

/** Several values: a stream, an async iterable such as a generator, or an iterable such as an array. */
export type Iterables<T> = ReadableStream<T> | AsyncIterable<T> | Iterable<T>;

/**
 * Reports whether {@linkcode toSource} accepts `value`. Strings and bytes do not count as lists of
 * values.
 */
export function isIterables<T>(value: unknown): value is Iterables<T> {
  return typeof value === "object" && value !== null &&
    !ArrayBuffer.isView(value) &&
    (isReadableStream(value) || Symbol.asyncIterator in value ||
      Symbol.iterator in value);
}

/** Makes a source without values. */
export function emptySource<T>(): Source<T> {
  return singleSource<T>(undefined);
}

/** Makes a source of one value. */
export function singleSource<T>(value: T | undefined): Source<T> {
  let next = value;
  const take = (): T | undefined => {
    const result = next;
    next = undefined;
    return result;
  };
  return {
    read: () => Promise.resolve(take()),
    take,
    cancel() {
      next = undefined;
    },
    hasEnded: () => next === undefined,
  };
}

/** Reports whether `value` looks like a ReadableStream of this or another realm. */
export function isReadableStream(
  value: unknown,
): value is ReadableStream<unknown> {
  return typeof (value as ReadableStream | undefined)?.getReader === "function";
}

/** Makes the error of a value that is missing. */
type MissingValue = () => unknown;

/**
 * Makes a source of a stream, an async iterable or an iterable.
 *
 * @param values The values. A read fails where one of them is `undefined`, which would end the source and
 * lose all that follows; `values` are then canceled.
 * @param missing Makes the error of that read.
 */
export function toSource<T>(
  values: Iterables<T>,
  missing: MissingValue = () =>
    new TypeError("Cannot use undefined as a value"),
): Source<T> {
  const open = (values as Registered<T>)[OPEN];
  if (open) return open();
  if (isReadableStream(values)) {
    const reader = values.getReader();
    const iterator = {
      next: () => reader.read(),
      return: (reason: unknown) => reader.cancel(reason),
    };
    return new IteratorSource(
      iterator as unknown as AsyncIterator<T>,
      "a ReadableStream",
      missing,
    );
  }
  const name = "an iterator";
  return Symbol.asyncIterator in values
    ? new IteratorSource(values[Symbol.asyncIterator](), name, missing)
    : new SyncIteratorSource(values[Symbol.iterator](), name, missing);
}

/**
 * The way past the queue of a stream. It is a property, because a WeakMap would keep the stream, and all of its
 * call, until V8 collects its whole heap: collections of young objects take the values of a WeakMap as used.
 */
const OPEN = Symbol("open");

/** An object that may have been registered. */
interface Registered<T> {
  readonly [OPEN]?: () => Source<T>;
}

/**
 * Registers a stream that can be read past its queue, or another iterable of a source.
 *
 * @param stream The stream.
 * @param open Locks the stream, and returns what it gives.
 */
export function registerStream<T>(
  stream: ReadableStream<T> | AsyncIterable<T>,
  open: () => Source<T>,
): void {
  Object.defineProperty(stream, OPEN, { value: open });
}

class IteratorSource<T> implements Source<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T>;
  /** Name of the values, for errors. */
  readonly #name: string;
  readonly #missing: MissingValue;
  #isDone = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    iterator: AsyncIterator<T> | Iterator<T>,
    name: string,
    missing: MissingValue,
  ) {
    this.#iterator = iterator;
    this.#name = name;
    this.#missing = missing;
  }

  async read(): Promise<T | undefined> {
    if (this.#failure) throw this.#failure.error;
    if (this.#isDone) return undefined;
    try {
      const { done, value } = await this.#iterator.next();
      if (!done) return this.present(isPromise(value) ? await value : value);
      this.#isDone = true;
      return undefined;
    } catch (error) {
      throw this.fail(error);
    }
  }

  cancel(reason: unknown): void {
    if (this.isOver) return;
    this.#isDone = true;
    this.#leave(reason);
  }

  protected get isOver(): boolean {
    return this.#isDone || this.#failure !== undefined;
  }

  protected end(): void {
    this.#isDone = true;
  }

  /** Refuses a value that is missing. */
  protected present(value: T): T {
    if (value !== undefined) return value;
    const error = this.#missing();
    this.#leave(error);
    throw error;
  }

  protected fail(thrown: unknown): unknown {
    const error = failureOf(thrown, this.#name);
    this.#failure ??= { error };
    return error;
  }

  #leave(reason: unknown): void {
    // A generator suspended inside next() notices this only afterwards; nothing waits for it.
    quietly(() => this.#iterator.return?.(reason));
  }
}

/** Source of an iterator that has its values at hand. */
class SyncIteratorSource<T> extends IteratorSource<T> {
  readonly #values: Iterator<T>;
  /** A value that is a promise, which `read` waits for. */
  #late: T | undefined;

  constructor(iterator: Iterator<T>, name: string, missing: MissingValue) {
    super(iterator, name, missing);
    this.#values = iterator;
  }

  override async read(): Promise<T | undefined> {
    const late = this.#late;
    if (late === undefined) return await super.read();
    this.#late = undefined;
    try {
      return this.present(await late);
    } catch (error) {
      throw this.fail(error);
    }
  }

  take(): T | undefined {
    if (this.isOver || this.#late !== undefined) return undefined;
    try {
      const { done, value } = this.#values.next();
      if (done) this.end();
      else if (isPromise(value)) this.#late = value;
      else return this.present(value);
    } catch (error) {
      this.fail(error);
    }
    return undefined;
  }
}

/** Makes a source that maps each value of `source`. */
export function mapSource<T, U>(
  source: Source<T>,
  map: (value: T) => U,
): Source<U> {
  let failure: { error: unknown } | undefined;
  const mapped = (value: T): U => {
    try {
      return map(value);
    } catch (error) {
      failure = { error };
      source.cancel(error);
      throw error;
    }
  };
  return {
    async read() {
      if (failure) throw failure.error;
      const value = await source.read();
      return value === undefined ? undefined : mapped(value);
    },
    take() {
      const value = failure ? undefined : source.take?.();
      if (value === undefined) return undefined;
      try {
        return mapped(value);
      } catch {
        // The next read fails.
        return undefined;
      }
    },
    cancel: (reason) => source.cancel(reason),
  };
}
