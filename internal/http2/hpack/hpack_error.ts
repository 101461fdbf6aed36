/**
 * Error of a header block that cannot be decoded (RFC 7541, and RFC 9113
 * section 4.3).
 *
 * It is always an error of the whole connection, COMPRESSION_ERROR: the block's
 * changes to the dynamic table are lost, so no later block can be understood.
 */
export class HpackError extends Error {
  /** Always `HpackError`. */
  override readonly name: string = "HpackError";

  /** @param problem Description of the fault. */
  constructor(problem: string) {
    super(`Cannot decode header block: ${problem}`);
  }
}
