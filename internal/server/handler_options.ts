/** Options of the handlers of a server. */

import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { IpcReadOptions, IpcWriteOptions } from "../core/ipc_options.ts";
import type { FlightInterceptor } from "../interceptors/interceptor.ts";
import type { GrpcService } from "./grpc_service.ts";

/**
 * Options of a server that hold on every transport, also in memory; those of writing are defaults, which
 * a handler changes by `setWriteOptions` of its context.
 */
export interface FlightHandlerOptions extends IpcReadOptions, IpcWriteOptions {
  /**
   * Is told once of every failure that is the fault of the service, and of which the client sees no
   * more than a fixed text or what was wrong with an answer: what a handler or an interceptor threw
   * that is no FlightError, and what a handler has returned that cannot be sent. Default: writes it to
   * the console.
   */
  readonly onError?:
    | ((error: unknown, context: FlightCallContext) => void)
    | undefined;
  /** Interceptors around the handlers, the outermost first. Default: none. */
  readonly interceptors?: readonly FlightInterceptor[] | undefined;
  /**
   * gRPC services beside Flight, such as a `HealthService`; none by default. The same interceptors
   * stand around their methods.
   */
  readonly services?: readonly GrpcService[] | undefined;
  /**
   * Lets clients query the services, methods and messages: server reflection, v1 and v1alpha, which
   * grpcurl and similar tools need. Default: false, because it answers everyone.
   */
  readonly reflection?: boolean | undefined;
  /**
   * Longest wait for the request of a call, in milliseconds, 1 to 2³¹ − 1: the first message of a
   * method that takes one (all except DoPut, DoExchange and those of further services that read a
   * stream), then its end, and the first of a Handshake. A call without it ends with
   * DEADLINE_EXCEEDED; otherwise it would keep its place forever. Only the time in which the handler
   * waits counts. Default: 20,000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Longest wait for any message of a client, in milliseconds, 1 to 2³¹ − 1, while the handler
   * waits for it. Beyond it the call ends with DEADLINE_EXCEEDED. Default: never, because a client
   * may have nothing to send for a while.
   */
  readonly receiveStallTimeoutMs?: number | undefined;
}
