/** grpc/health/v1/health.proto: the messages of the health service. */

import type { ServingStatus } from "../../protocol/serving_status.ts";
import { finish } from "../../../proto/runtime/wire_writer.ts";
import * as proto from "../../../proto/grpc/health/v1/health.ts";
import { decodeMessage } from "../../message/decode_message.ts";

const { HealthCheckResponse_ServingStatus: STATUSES } = proto;

/**
 * Decodes a HealthCheckRequest.
 *
 * @param bytes The message.
 * @returns The service that is asked for; empty for the server as a whole.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeHealthCheckRequest(bytes: Uint8Array): string {
  return decodeMessage(
    "HealthCheckRequest",
    bytes,
    proto.decodeHealthCheckRequest,
  ).service;
}

/**
 * Encodes a HealthCheckResponse.
 *
 * @param status The health; SERVICE_UNKNOWN where there is no such service.
 * @returns The message.
 */
export function encodeHealthCheckResponse(
  status: ServingStatus | "SERVICE_UNKNOWN",
): Uint8Array {
  return finish(proto.encodeHealthCheckResponse({ status: STATUSES[status] }));
}

/**
 * Decodes a HealthListRequest, which has no fields.
 *
 * @param bytes The message.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeHealthListRequest(bytes: Uint8Array): void {
  decodeMessage("HealthListRequest", bytes, proto.decodeHealthListRequest);
}

/**
 * Encodes a HealthListResponse.
 *
 * @param statuses The health of each service.
 * @returns The message.
 */
export function encodeHealthListResponse(
  statuses: Iterable<readonly [service: string, status: ServingStatus]>,
): Uint8Array {
  return finish(proto.encodeHealthListResponse({
    statuses: new Map(
      Array.from(
        statuses,
        ([service, status]) => [service, { status: STATUSES[status] }],
      ),
    ),
  }));
}
