/** Options of {@linkcode TextLineStream}. */
export interface TextLineStreamOptions {
  /** True if a lone carriage return also ends a line. */
  allowCR?: boolean;
}

/** Splits text, in chunks of any size, into lines without their ends. */
export class TextLineStream extends TransformStream<string, string> {
  /** Creates a stream of lines. */
  constructor(options: TextLineStreamOptions = {}) {
    const end = options.allowCR ? /\r\n|\n|\r(?!$)/ : /\r?\n/;
    let rest = "";
    super({
      transform(chunk, controller) {
        const lines = (rest + chunk).split(end);
        rest = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        if (options.allowCR && rest.endsWith("\r")) rest = rest.slice(0, -1);
        if (rest) controller.enqueue(rest);
      },
    });
  }
}
