/** Cancels all that are left, so that no source is kept open. */
async function cancelAll(
  readers: Iterable<ReadableStreamDefaultReader<unknown>>,
  reason?: unknown,
): Promise<void> {
  await Promise.allSettled(
    Array.from(readers, (reader) => reader.cancel(reason)),
  );
}

/** All chunks of the first stream, then all of the second, and so on. */
export function concatReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T> {
  const readers = streams.map((stream) => stream.getReader());
  return new ReadableStream<T>({
    async pull(controller) {
      while (readers[0]) {
        let result: ReadableStreamReadResult<T>;
        try {
          result = await readers[0].read();
        } catch (error) {
          await cancelAll(readers.slice(1), error);
          throw error;
        }
        if (!result.done) return controller.enqueue(result.value);
        readers.shift();
      }
      controller.close();
    },
    cancel: (reason) => cancelAll(readers, reason),
  });
}

/** The chunks of all streams, each as soon as it is there. */
export function mergeReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T> {
  const readers = streams.map((stream) => stream.getReader());
  return new ReadableStream<T>({
    async start(controller) {
      try {
        await Promise.all(readers.map(async (reader) => {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            controller.enqueue(value);
          }
        }));
        controller.close();
      } catch (error) {
        controller.error(error);
        await cancelAll(readers, error);
      }
    },
    cancel: (reason) => cancelAll(readers, reason),
  });
}

/** One chunk of each stream in turn; `early` ends with the shortest. */
function zip<T>(
  streams: ReadableStream<T>[],
  early: boolean,
): ReadableStream<T> {
  const readers = new Set(streams.map((stream) => stream.getReader()));
  return new ReadableStream<T>({
    async start(controller) {
      try {
        while (readers.size > 0) {
          for (const reader of readers) {
            const { done, value } = await reader.read();
            if (!done) controller.enqueue(value);
            else if (early) {
              await cancelAll(readers);
              readers.clear();
              break;
            } else readers.delete(reader);
          }
        }
        controller.close();
      } catch (error) {
        controller.error(error);
        await cancelAll(readers, error);
      }
    },
    cancel: (reason) => cancelAll(readers, reason),
  });
}

/** One chunk of each stream in turn, until all have ended. */
export function zipReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T> {
  return zip(streams, false);
}

/** One chunk of each stream in turn, until the first of them ends. */
export function earlyZipReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T> {
  return zip(streams, true);
}
