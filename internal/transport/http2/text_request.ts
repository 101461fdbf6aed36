/** The body of a request in the text mode of gRPC-Web. */

import { TextDecoding } from "../../grpc/web/text_mode.ts";

/** Decodes the body, and gives credit for the characters that are no bytes of messages. */
export class TextRequest {
  readonly #decoding = new TextDecoding();
  readonly #credit: (bytes: number) => void;
  /** Characters less decoded bytes that have no credit yet; negative after a group in parts. */
  #surplus = 0;

  /** @param credit Gives the client credit for bytes that need no reading. */
  constructor(credit: (bytes: number) => void) {
    this.#credit = credit;
  }

  /**
   * Decodes a part of the body.
   *
   * @throws {FlightError} INTERNAL when it is not base64.
   */
  push(text: Uint8Array): Uint8Array {
    const bytes = this.#decoding.push(text);
    this.#surplus += text.length - bytes.length;
    if (this.#surplus > 0) {
      this.#credit(this.#surplus);
      this.#surplus = 0;
    }
    return bytes;
  }

  /**
   * Takes the end of the body.
   *
   * @throws {FlightError} INTERNAL when it ends inside a group.
   */
  end(): void {
    this.#decoding.end();
  }
}
