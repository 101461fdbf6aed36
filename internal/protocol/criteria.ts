/** Flight.proto: Criteria. */

/** Which flights to list; its meaning is the service's own. */
export interface Criteria {
  /** The expression; absent or empty for all flights. */
  readonly expression?: Uint8Array | undefined;
}
