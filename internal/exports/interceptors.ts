/** What every entry point exports of interceptors: their types, and the values of a call. */

export type { FlightCallContext } from "../core/call_context.ts";
export {
  type ContextKey,
  ContextValues,
  createContextKey,
  PEER_IDENTITY,
} from "../core/context_values.ts";
export type {
  FlightCall,
  FlightCallMessage,
  FlightCallMessages,
  FlightCallResponse,
  FlightClientCall,
  FlightInterceptor,
  FlightNext,
  FlightServerCall,
} from "../interceptors/interceptor.ts";
