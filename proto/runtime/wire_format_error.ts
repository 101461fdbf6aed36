/** Error of bytes that are not a protobuf message. */

/** Thrown by the decoders; the callers of this package see a FlightError. */
export class WireFormatError extends Error {
  /** Always `WireFormatError`. */
  override readonly name = "WireFormatError";

  /**
   * @param what Description of the fault.
   * @param offset Position of the fault, in bytes from the start of the message; absent if unknown.
   */
  constructor(what: string, offset?: number) {
    super(offset === undefined ? what : `${what} at byte ${offset}`);
  }
}
