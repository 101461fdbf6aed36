/**
 * Lines of what a program prints.
 *
 * @module
 */

/** Splits text, in chunks of any size, into lines without their ends. */
export class TextLines extends TransformStream<string, string> {
  /** Creates a stream of lines. */
  constructor() {
    let rest = "";
    super({
      transform(chunk, controller) {
        const lines = (rest + chunk).split(/\r?\n/);
        rest = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        if (rest) controller.enqueue(rest);
      },
    });
  }
}
