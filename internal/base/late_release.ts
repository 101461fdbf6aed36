/**
 * Readers that are released when it matters. To release one makes errors and a rejected promise: on V8 that is
 * more than a tenth of the client's time for a call with one small result.
 */

/**
 * The reader that has read everything and still locks its stream, as a property of the stream: V8 would keep the
 * values of a WeakMap until it collects its whole heap.
 */
const SPENT = Symbol("spent");

/** A stream that a spent reader may lock. */
interface LateStream {
  [SPENT]?: ReadableStreamDefaultReader<unknown> | undefined;
}

/** Methods that fail if the stream is locked. */
const METHODS = [
  "cancel",
  "getReader",
  "pipeThrough",
  "pipeTo",
  "tee",
] as const;

/**
 * Has the streams of a class release spent readers before anything that depends on the lock.
 *
 * @param prototype The prototype of the class.
 */
export function releasesLate(prototype: ReadableStream<unknown>): void {
  const base = ReadableStream.prototype;
  const isLocked = Object.getOwnPropertyDescriptor(base, "locked")!.get!;
  Object.defineProperty(prototype, "locked", {
    configurable: true,
    get(this: ReadableStream<unknown>): boolean {
      release(this);
      return isLocked.call(this);
    },
  });
  for (const name of METHODS) {
    const method = base[name] as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: ReadableStream<unknown>, ...args: unknown[]): unknown {
        release(this);
        return method.apply(this, args);
      },
    });
  }
}

/** Releases a reader before the next use of its stream, which is at its end. */
export function releaseLate<T>(
  stream: ReadableStream<T>,
  reader: ReadableStreamDefaultReader<T>,
): void {
  Object.defineProperty(stream, SPENT, { value: reader, writable: true });
}

function release(stream: ReadableStream<unknown>): void {
  const late = stream as LateStream;
  const reader = late[SPENT];
  if (reader === undefined) return;
  late[SPENT] = undefined;
  reader.releaseLock();
}
