/** Error of every failed assertion. */
export class AssertionError extends Error {
  /** Creates an error with a message, and `cause` in the options. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** The end of a message: the caller's own text, or a full stop. */
export function suffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}
