/** A client transport behind the interceptors of a client. */

import {
  atDeadline,
  dateOfDeadline,
  deadlineOfDate,
} from "../base/timers/deadline.ts";
import { deadlineError } from "../grpc/call_errors.ts";
import { ContextValues } from "../core/context_values.ts";
import { methodOfPath } from "../protocol/methods.ts";
import {
  incomingMessages,
  outgoingMessages,
} from "../interceptors/call_messages.ts";
import { compose } from "../interceptors/compose.ts";
import type {
  FlightCall,
  FlightCallResponse,
  FlightClientCall,
  FlightInterceptor,
} from "../interceptors/interceptor.ts";
import type {
  CallResponse,
  ClientRequest,
  ClientTransport,
} from "../seam/transport.ts";
import { mapResponse } from "../seam/map_response.ts";
import { offAbort, onAbort } from "../seam/never_aborted.ts";
import { clientError } from "./call_starter.ts";

/** Makes the calls of `transport` by way of `interceptors`, the outermost first. */
export function interceptedTransport(
  transport: ClientTransport,
  interceptors: readonly FlightInterceptor[],
): ClientTransport {
  const next = compose(interceptors, (call) => callTransport(transport, call));
  return {
    peer: transport.peer,
    call: (request) => interceptedCall(transport.peer, request, next),
    close: () => transport.close(),
  };
}

function interceptedCall(
  peer: string,
  request: ClientRequest,
  next: (call: FlightCall) => FlightCallResponse,
): CallResponse<Uint8Array> {
  // An operation that an interceptor waits for must end too when the answer is canceled.
  // AbortSignal.any() would also do, but Deno keeps its result for as long as the signals that it
  // is made of.
  const aborting = new AbortController();
  const abort = (): void => aborting.abort(request.signal.reason);
  if (request.signal.aborted) abort();
  else onAbort(request.signal, abort);
  const { deadline } = request;
  // The transport, whose error says more, has the same deadline, and comes first.
  const stopTimer = atDeadline(deadline && deadline + 1, () => {
    aborting.abort(deadlineError());
  });
  const end = (reason: unknown): void => {
    stopTimer();
    offAbort(request.signal, abort);
    // An interceptor may have answered without the transport, which does this too.
    request.messages.cancel(reason);
  };
  const call: FlightClientCall = {
    side: "client",
    method: methodOfPath(request.path),
    path: request.path,
    headers: request.headers,
    peer,
    deadline: deadline === undefined ? undefined : dateOfDeadline(deadline),
    signal: aborting.signal,
    values: new ContextValues(),
    messages: request.messages,
  };
  const response = next(call);
  const messages = incomingMessages(response.messages);
  return mapResponse(response, {
    async read() {
      try {
        const message = await messages.read();
        if (message === undefined) end(undefined);
        return message;
      } catch (error) {
        aborting.abort(error);
        end(error);
        throw error;
      }
    },
    cancel(reason) {
      messages.cancel(reason);
      aborting.abort(reason);
      end(reason);
    },
  });
}

/** The innermost step. Interceptors see errors as the caller does. */
function callTransport(
  transport: ClientTransport,
  call: FlightCall,
): FlightCallResponse {
  const { method } = call;
  const response = transport.call({
    path: call.path,
    headers: call.headers,
    messages: outgoingMessages(call.messages),
    signal: call.signal,
    deadline: call.deadline && deadlineOfDate(call.deadline),
  });
  const fail = (error: unknown): never => {
    throw clientError(error, method);
  };
  return mapResponse(response, {
    headers: response.headers.catch(fail),
    read: () => response.messages.read().catch(fail),
  });
}
