/**
 * The state of a call, as a server tells it to a page.
 *
 * @module
 */

/** State of a call. */
export interface CallState {
  /** Number of messages that the handler has made or read. */
  readonly messages: number;
  /** Growth of the memory of the server during the call, in MiB. */
  readonly grownMib: number;
  /** Code of its end; undefined while it runs. */
  readonly end: string | undefined;
}
