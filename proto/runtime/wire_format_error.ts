/** Why bytes are not a protobuf message. */

/** Thrown by the decoders; the callers of this package see a FlightError. */
export class WireFormatError extends Error {
  /** Always `WireFormatError`. */
  override readonly name = "WireFormatError";

  /**
   * @param what What is wrong.
   * @param offset Where it was noticed, in bytes from the start of the message; left out of the
   * text where it is not known.
   */
  constructor(what: string, offset?: number) {
    super(offset === undefined ? what : `${what} at byte ${offset}`);
  }
}
