/** Requests that cannot be answered: RFC 9110, section 15. */

/** Reason phrases of the status codes that are sent (RFC 9110, section 15; RFC 6585). */
const PHRASES: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** Makes the status line of an answer (RFC 9112, section 4). */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${PHRASES[status] ?? ""}\r\n`;
}

/**
 * A request that is malformed, or more than this server reads. The connection ends with it: the
 * position of the next request is not certain.
 */
export class HttpError extends Error {
  /** Status code of the answer. */
  readonly status: number;

  /**
   * @param status Status code of the answer.
   * @param message Description of the problem, for the client.
   */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Makes the whole answer. */
  get answer(): string {
    const body = `${this.message}.\n`;
    return statusLine(this.status) +
      "content-type: text/plain\r\n" +
      `content-length: ${body.length}\r\n` +
      `connection: close\r\n\r\n${body}`;
  }
}
