/**
 * Makes a TransformStream of a function from a stream to an iterable, for
 * example of an async generator function.
 *
 * @param transformer Makes the output from the input.
 * @param writableStrategy The queue of the writable side.
 * @param readableStrategy The queue of the readable side.
 * @returns The transform stream.
 */
export function toTransformStream<I, O>(
  transformer: (src: ReadableStream<I>) => Iterable<O> | AsyncIterable<O>,
  writableStrategy?: QueuingStrategy<I>,
  readableStrategy?: QueuingStrategy<O>,
): TransformStream<I, O> {
  const { readable: src, writable } = new TransformStream<I, I>(
    undefined,
    writableStrategy,
  );
  const output = transformer(src);
  const iterator: Iterator<O> | AsyncIterator<O> =
    Symbol.asyncIterator in output
      ? output[Symbol.asyncIterator]()
      : output[Symbol.iterator]();
  const readable = new ReadableStream<O>({
    async pull(controller) {
      let result: IteratorResult<O>;
      try {
        result = await iterator.next();
      } catch (error) {
        // The writer must learn of it too; a source in use cannot be canceled.
        await src.cancel(error).catch(() => {});
        return controller.error(error);
      }
      if (result.done) controller.close();
      else controller.enqueue(result.value);
    },
    async cancel(reason) {
      // An async generator learns of it at its `yield`, so that `finally` runs.
      if (typeof iterator.throw === "function") {
        try {
          await iterator.throw(reason);
        } catch { /* what it makes of the reason is of no use to anyone */ }
      }
      await src.cancel(reason).catch(() => {});
    },
  }, readableStrategy);
  return { writable, readable };
}
