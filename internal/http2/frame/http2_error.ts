/** Errors of the protocol: RFC 9113, sections 5.4 and 7. */

/** Error codes (section 7). */
export const ERROR_CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

/** Name of an error code. */
export type ErrorCodeName = keyof typeof ERROR_CODE;

const NAMES = Object.keys(ERROR_CODE) as ErrorCodeName[];

/** Names a code; unknown codes count as INTERNAL_ERROR (section 7). */
export function errorCodeName(code: number): ErrorCodeName {
  return NAMES[code] ?? "INTERNAL_ERROR";
}

/**
 * Violation of the protocol by a peer. It ends the connection (section 5.4.1),
 * or only one stream (section 5.4.2).
 */
export class Http2Error extends Error {
  /** Always `Http2Error`. */
  override readonly name = "Http2Error";
  /** Error code for the peer. */
  readonly code: ErrorCodeName;
  /** Stream that ends; 0 if the connection ends. */
  readonly streamId: number;

  /**
   * @param code Error code for the peer.
   * @param problem Description of the violation.
   * @param streamId The stream that ends; the connection by default.
   */
  constructor(code: ErrorCodeName, problem: string, streamId = 0) {
    super(problem);
    this.code = code;
    this.streamId = streamId;
  }
}
