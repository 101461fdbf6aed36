/** The health of a service, in the words of `grpc.health.v1`. */

/**
 * Whether calls of a service can be expected to succeed: `SERVING` where they can, `NOT_SERVING` where
 * they cannot, `UNKNOWN` where nobody has said yet.
 */
export type ServingStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING";
