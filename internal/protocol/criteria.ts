/** Flight.proto: Criteria. */

/** Which flights to list; its meaning is the service's own. */
export interface Criteria {
  /** The expression; absent or empty for all flights. */
  readonly expression?: Uint8Array | undefined;
}

/** Criteria, or their expression as text that is sent as UTF-8. */
export type CriteriaInit =
  | string
  | {
    /** The expression, as bytes or as text; absent or empty for all flights. */
    readonly expression?: Uint8Array | string | undefined;
  };
