/** Names of fields in errors. */

/** The step from a map to the keys of it. */
export const KEYS = "keys";

/**
 * The way from a message to the field that is being written, such as
 * `FlightInfo.endpoints[0].ticket`. There is one for the whole of an encoding, and its text is put
 * together only for an error, so that messages without one hardly pay for it.
 */
export class FieldPath {
  readonly #steps: (string | number)[];

  /** @param name Name of the message. */
  constructor(name: string) {
    this.#steps = [name];
  }

  /**
   * Goes on to a part of what it is at.
   *
   * @param step The key with its dot, the index, {@linkcode KEYS}, or other text.
   */
  enter(step: string | number): void {
    this.#steps.push(step);
  }

  /** Goes back to what the part is a part of. */
  leave(): void {
    this.#steps.pop();
  }

  /** The whole name. */
  toString(): string {
    let text = "";
    for (const step of this.#steps) {
      if (step === KEYS) text = `a key of ${text}`;
      else text += typeof step === "number" ? `[${step}]` : step;
    }
    return text;
  }
}
