/** Streams over sources. */

import { Exclusive } from "./exclusive.ts";
import { quietly } from "./handled.ts";
import { releaseLate, releasesLate } from "./late_release.ts";
import { registerStream, type Source } from "./source.ts";

/** The iterator of a stream, as the types of Deno and those of browsers have it. */
type StreamIterator<T> = AsyncIteratorObject<T, undefined, unknown>;

/** Options of an iteration. */
interface StreamIteratorOptions {
  /** Keeps the stream open when iteration ends early. Default: false. */
  readonly preventCancel?: boolean;
}

/**
 * Makes a stream over `source` that buffers nothing (`highWaterMark: 0`): each read of the stream
 * reads the source, and canceling it cancels the source.
 */
export function streamOf<T>(source: Source<T>): ReadableStream<T> {
  return new SourceStream(new SourceQueue(source));
}

/**
 * Iterates over a stream as its own `values` would, which WebKit does not have. The class of the stream must
 * {@link releasesLate release late}.
 *
 * @throws {TypeError} When the stream is locked to a reader.
 */
function streamValues<T>(
  stream: ReadableStream<T>,
  { preventCancel = false }: StreamIteratorOptions = {},
): StreamIterator<T> {
  const nothing = () => undefined;
  const iterator = new SourceIterator(
    stream,
    stream.getReader(),
    nothing,
    nothing,
    preventCancel,
  );
  return iterator as unknown as StreamIterator<T>;
}

/** Stream that can be iterated over on every platform. */
export class IterableStream<T> extends ReadableStream<T> {
  static {
    releasesLate(IterableStream.prototype);
  }

  override values(options?: StreamIteratorOptions): StreamIterator<T> {
    return streamValues(this, options);
  }

  override [Symbol.asyncIterator](
    options?: StreamIteratorOptions,
  ): StreamIterator<T> {
    return this.values(options);
  }
}

/** Stream whose iterators bypass its queue. */
class SourceStream<T> extends ReadableStream<T> {
  readonly #queue: SourceQueue<T>;

  static {
    releasesLate(SourceStream.prototype);
  }

  constructor(queue: SourceQueue<T>) {
    super(queue, { highWaterMark: 0 });
    registerSource(this, queue);
    this.#queue = queue;
  }

  override values(options?: StreamIteratorOptions): StreamIterator<T> {
    return this.#queue.values(this, options);
  }

  override [Symbol.asyncIterator](
    options?: StreamIteratorOptions,
  ): StreamIterator<T> {
    return this.values(options);
  }
}

/**
 * The `UnderlyingSource` of a stream whose iterators bypass its queue, which would cost more for
 * each value than all other work on a small message.
 */
export class SourceQueue<T> implements UnderlyingDefaultSource<T> {
  readonly #source: Source<T>;
  #controller: ReadableStreamDefaultController<T> | undefined;
  #isPulling = false;

  /** @param source The source that the stream reads. */
  constructor(source: Source<T>) {
    this.#source = source;
  }

  start(controller: ReadableStreamDefaultController<T>): void {
    this.#controller = controller;
  }

  async pull(controller: ReadableStreamDefaultController<T>): Promise<void> {
    this.#isPulling = true;
    try {
      const value = await this.#source.read();
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    } finally {
      this.#isPulling = false;
    }
  }

  /** Returns what the source returns: a promise where the stream has to wait for one. */
  cancel(reason: unknown): void | Promise<void> {
    return this.#source.cancel(reason);
  }

  /**
   * Iterates over the stream, as the stream's own `values` would. The class of the stream must
   * {@link releasesLate release late}.
   *
   * @throws {TypeError} When the stream is locked to a reader.
   */
  values(
    stream: ReadableStream<T>,
    { preventCancel = false }: StreamIteratorOptions = {},
  ): StreamIterator<T> {
    const iterator = new SourceIterator(
      stream,
      stream.getReader(),
      () => this.#takeDirectly(),
      () => this.#readDirectly(),
      preventCancel,
    );
    return iterator as unknown as StreamIterator<T>;
  }

  /**
   * Locks the stream, and returns what it gives.
   *
   * @throws {TypeError} When the stream is locked to a reader.
   */
  source(stream: ReadableStream<T>): Source<T> {
    const reader = stream.getReader();
    return {
      read: () => readThrough(reader, () => this.#readDirectly()),
      take: () => this.#takeDirectly(),
      cancel: (reason) => quietly(() => reader.cancel(reason)),
      recycle: (value) => this.#source.recycle?.(value),
    };
  }

  /**
   * Reads the next value. The result is `undefined` if it must be read from the stream: there may
   * be a value, or none.
   */
  #readDirectly(): Promise<T | undefined> | undefined {
    // A reader may have left before the value came that it had requested.
    return this.#hasQueue() ? undefined : this.#source.read();
  }

  /** Takes the next value if it is at hand, and not in the stream. */
  #takeDirectly(): T | undefined {
    return this.#hasQueue() ? undefined : this.#source.take?.();
  }

  #hasQueue(): boolean {
    return this.#isPulling || this.#controller?.desiredSize !== 0;
  }
}

/** Lets `toSource` read the source behind a stream. */
export function registerSource<T>(
  stream: ReadableStream<T>,
  queue: SourceQueue<T>,
): void {
  registerStream(stream, () => queue.source(stream));
}

/** Reads a value past the stream if that is possible. */
async function readThrough<T>(
  reader: ReadableStreamDefaultReader<T>,
  readDirectly: () => Promise<T | undefined> | undefined,
): Promise<T | undefined> {
  try {
    const value = await readDirectly();
    if (value !== undefined) return value;
  } catch {
    // The stream must learn its end: the source is asked again, and gives the same result.
  }
  return (await reader.read()).value;
}

/** Iterator that bypasses the queue of its stream. */
class SourceIterator<T> implements AsyncIterator<T, undefined> {
  readonly #stream: ReadableStream<T>;
  readonly #reader: ReadableStreamDefaultReader<T>;
  readonly #takeDirectly: () => T | undefined;
  readonly #readDirectly: () => Promise<T | undefined> | undefined;
  readonly #preventCancel: boolean;
  readonly #exclusive = new Exclusive();
  #isDone = false;

  constructor(
    stream: ReadableStream<T>,
    reader: ReadableStreamDefaultReader<T>,
    takeDirectly: () => T | undefined,
    readDirectly: () => Promise<T | undefined> | undefined,
    preventCancel: boolean,
  ) {
    this.#stream = stream;
    this.#reader = reader;
    this.#takeDirectly = takeDirectly;
    this.#readDirectly = readDirectly;
    this.#preventCancel = preventCancel;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#isDone && !this.#exclusive.isTaken) {
      const value = this.#takeDirectly();
      if (value !== undefined) return Promise.resolve({ done: false, value });
    }
    return this.#next();
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    const turn = this.#exclusive.take();
    if (turn !== undefined) await turn;
    try {
      if (this.#isDone) return { done: true, value: undefined };
      const value = await readThrough(this.#reader, this.#readDirectly);
      if (value !== undefined) return { done: false, value };
      this.#isDone = true;
      releaseLate(this.#stream, this.#reader);
      return { done: true, value: undefined };
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#exclusive.release();
    }
  }

  async return(value?: unknown): Promise<IteratorResult<T, undefined>> {
    const turn = this.#exclusive.take();
    if (turn !== undefined) await turn;
    try {
      if (!this.#isDone) {
        const cancelled = this.#preventCancel
          ? undefined
          : this.#reader.cancel(value);
        this.#end();
        await cancelled;
      }
      return { done: true, value: value as undefined };
    } finally {
      this.#exclusive.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#reader.releaseLock();
  }
}
