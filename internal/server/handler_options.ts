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
  /** What stands around the handlers, the outermost first; nothing by default. */
  readonly interceptors?: readonly FlightInterceptor[] | undefined;
  /**
   * gRPC services beside Flight, such as a `HealthService`; none by default. The same interceptors
   * stand around their methods.
   */
  readonly services?: readonly GrpcService[] | undefined;
  /**
   * Whether clients may ask which services, methods and messages there are: server reflection, v1 and
   * v1alpha, of which grpcurl and its like live. Default: false, since it tells whoever asks.
   */
  readonly reflection?: boolean | undefined;
  /**
   * How long the request of a call may take, in milliseconds, 1 to 2³¹ − 1: the first message of a
   * method that takes one (all but DoPut, DoExchange and those of further services that read a
   * stream), and the first of a Handshake. A call without it ends with DEADLINE_EXCEEDED, as it would
   * hold its place for ever. Only the time counts in which the request is waited for. Default: 20,000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * How long any message of a client may take, in milliseconds, 1 to 2³¹ − 1, while the handler waits
   * for it; a call in which it takes longer ends with DEADLINE_EXCEEDED. Never by default: a client
   * may have nothing to send for a while.
   */
  readonly receiveStallTimeoutMs?: number | undefined;
}
