/** Options of {@linkcode LimitedBytesTransformStream}. */
export interface LimitedBytesTransformStreamOptions {
  /** Whether too many bytes are an error rather than the end. */
  error?: boolean;
}

/** Lets whole chunks pass until they would be more than `size` bytes. */
export class LimitedBytesTransformStream
  extends TransformStream<Uint8Array, Uint8Array> {
  /** Creates a stream that lets at most `size` bytes pass. */
  constructor(size: number, options: LimitedBytesTransformStreamOptions = {}) {
    let read = 0;
    super({
      transform(chunk, controller) {
        if (read + chunk.byteLength > size) {
          if (options.error) {
            throw new RangeError(`Exceeded byte size limit of '${size}'`);
          }
          controller.terminate();
        } else {
          read += chunk.byteLength;
          controller.enqueue(chunk);
        }
      },
    });
  }
}
