/** Bounds of SETTINGS_HEADER_TABLE_SIZE: RFC 9113, section 6.5.2. */

/** Value on every connection until SETTINGS change it. */
export const INITIAL_TABLE_BYTES = 4096;

/** The largest value of a setting. */
const MAX_SETTING = 2 ** 32 - 1;

/**
 * Rejects a size that no setting can have.
 *
 * @throws {RangeError} If `bytes` is not an integer from 0 to 2^32 − 1.
 */
export function checkTableBytes(bytes: number): void {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_SETTING) {
    throw new RangeError(
      `Cannot set header table size: ${bytes} is not an unsigned 32-bit integer`,
    );
  }
}
