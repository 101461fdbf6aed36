/** grpc/health/v1/health.proto: the messages of the health service. */

import { enumeration } from "../../message/enumeration.ts";
import { field, map } from "../../message/fields.ts";
import { message, type MessageType } from "../../message/message.ts";
import { string } from "../../message/scalars.ts";
import type { Empty } from "../empty.ts";

/**
 * Health of a service: `SERVING` if its calls can be expected to succeed, `NOT_SERVING` if not,
 * `UNKNOWN` if the status was not set.
 */
export type ServingStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING";

/** Asks for the health of a service. */
export interface HealthCheckRequest {
  /** Full name of the service; empty for the server as a whole. */
  readonly service: string;
}

/** The codec of {@linkcode HealthCheckRequest}. */
export const healthCheckRequestCodec: MessageType<HealthCheckRequest> = message(
  "grpc.health.v1.HealthCheckRequest",
  { service: field(1, string) },
);

/** The health of a service. */
export interface HealthCheckResponse {
  /** The health; SERVICE_UNKNOWN if there is no such service. */
  readonly status: ServingStatus | "SERVICE_UNKNOWN";
}

/** The codec of {@linkcode HealthCheckResponse}. */
export const healthCheckResponseCodec: MessageType<HealthCheckResponse> =
  message("grpc.health.v1.HealthCheckResponse", {
    status: field(
      1,
      enumeration({
        UNKNOWN: 0,
        SERVING: 1,
        NOT_SERVING: 2,
        SERVICE_UNKNOWN: 3,
      }),
    ),
  });

/** The codec of a request for the health of all services. */
export const healthListRequestCodec: MessageType<Empty> = message(
  "grpc.health.v1.HealthListRequest",
  {},
);

/** The health of all services. */
export interface HealthListResponse {
  /** The health of each, by its full name. */
  readonly statuses: ReadonlyMap<string, HealthCheckResponse>;
}

/** The codec of {@linkcode HealthListResponse}. */
export const healthListResponseCodec: MessageType<HealthListResponse> = message(
  "grpc.health.v1.HealthListResponse",
  { statuses: map(1, string, healthCheckResponseCodec) },
);
