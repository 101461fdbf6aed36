/** The option `requestTimeoutMs` of the handler in the Worker, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 500;
