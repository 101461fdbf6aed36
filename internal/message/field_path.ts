/** Names of fields in errors. */

/**
 * The way from a message to a field, such as `FlightInfo.endpoints[0].ticket`. The text is put together
 * only for an error, so that messages without one do not pay for it.
 */
export class FieldPath {
  readonly #owner: FieldPath | string;
  readonly #step: string;
  readonly #last: boolean;

  /**
   * @param owner The name of what has the field.
   * @param step What is added to it, such as `.ticket` or `[0]`; text that ends with a blank is put
   * before it.
   */
  constructor(owner: FieldPath | string, step = "") {
    this.#owner = owner;
    this.#step = step;
    this.#last = !step.endsWith(" ");
  }

  /** The whole name. */
  toString(): string {
    return this.#last
      ? `${this.#owner}${this.#step}`
      : `${this.#step}${this.#owner}`;
  }
}
