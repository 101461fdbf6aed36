/** The exports of server and memory: services without their port. */

export type { FlightCallContext } from "../interceptors/call_context.ts";
export type { PeerCertificate } from "../core/peer_certificate.ts";
export { FLIGHT_SERVICE_NAME } from "../protocol/methods.ts";
export type { ServingStatus } from "../protocol/services/health.ts";
export type { Awaitable, FlightService } from "../server/flight_service.ts";
export {
  type GrpcMethod,
  type GrpcService,
  unaryMethod,
} from "../server/grpc_service.ts";
export type { FlightHandlerOptions } from "../server/handler_options.ts";
export { HealthService } from "../server/health_service.ts";
export {
  tableService,
  type TableServiceOptions,
} from "../server/table_service.ts";
