/**
 * A header block that cannot be decoded (RFC 7541, and RFC 9113 section 4.3).
 *
 * It is always an error of the whole connection, COMPRESSION_ERROR: what the
 * block would have changed in the dynamic table is lost, so that no later block
 * can be understood.
 */
export class HpackError extends Error {
  /** Always `HpackError`. */
  override readonly name: string = "HpackError";

  /** @param problem What is wrong with the block. */
  constructor(problem: string) {
    super(`Cannot decode header block: ${problem}`);
  }
}
