/** A call of the server: the handler, the interceptors around it, and what the client sees of errors. */

import { IPC_WRITE_OPTIONS } from "../core/known_options.ts";
import { objectOption } from "../core/check_option.ts";
import { deferred } from "../base/deferred.ts";
import { failureOf, quietly } from "../base/handled.ts";
import { dateOfDeadline } from "../base/timers/deadline.ts";
import { lendSignal, type SignalOwner } from "../base/lifetimes/lent_signal.ts";
import { arrowStatusTrailers } from "../core/arrow_status.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { ContextValues } from "../core/context_values.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { IpcWriteOptions } from "../core/ipc_options.ts";
import type { Location } from "../protocol/location.ts";
import { writeSettings } from "../ipc/encode/ipc_settings.ts";
import {
  incomingMessages,
  outgoingMessages,
} from "../interceptors/call_messages.ts";
import { compose } from "../interceptors/compose.ts";
import type {
  FlightCallResponse,
  FlightInterceptor,
  FlightServerCall,
} from "../interceptors/interceptor.ts";
import { handlerError } from "../grpc/call_errors.ts";
import { mapResponse } from "../seam/map_response.ts";
import type {
  CallResponse,
  OutgoingMessage,
  ServerRequest,
} from "../seam/transport.ts";
import { AnswerError, answerError, handlerName } from "./answer_error.ts";
import {
  asContext,
  type ContextFields,
  contextOf,
  handlerResponse,
} from "./handler_response.ts";
import { messagesInTime, type RequestTimes } from "./request_times.ts";
import type { Route } from "./routes.ts";
import type { DataSettings } from "./flight_methods.ts";

/** Location of a server; known once it listens. */
export interface ServerPlace {
  location?: Location | undefined;
}

/** Common options of all calls of a server. */
interface ServerCallInit {
  /** Interceptors around the handlers. */
  readonly interceptors: readonly FlightInterceptor[];
  /** Is told of errors that the client does not get to see. */
  readonly onError: (error: unknown, context: FlightCallContext) => void;
  /** Settings for reading and writing data streams; a handler may change the latter. */
  readonly data: Readonly<DataSettings>;
  /** Time limits for messages of a client. */
  readonly times: RequestTimes;
  /** Location of the server. */
  readonly place: ServerPlace;
}

/** Begins to answer a call. */
export function answerCall(
  { method, isKnown, promptReads, answer }: Route,
  request: ServerRequest,
  { interceptors, onError, data: defaults, times, place }: ServerCallInit,
): CallResponse<OutgoingMessage> {
  const data: DataSettings = { ...defaults };
  const responseHeaders = new FlightHeaders();
  const sent = deferred<FlightHeaders>();
  const fields: ContextFields = {
    method,
    headers: request.headers,
    peer: request.peer,
    peerCertificate: request.peerCertificate,
    location: place.location,
    values: new ContextValues(),
    deadline: request.deadline === undefined
      ? undefined
      : dateOfDeadline(request.deadline),
    responseHeaders,
    responseTrailers: new FlightHeaders(),
    sendHeaders: () => sent.resolve(responseHeaders),
    setWriteOptions(options: IpcWriteOptions): void {
      objectOption("options", options, IPC_WRITE_OPTIONS);
      data.writing = writeSettings(options, data.writing);
    },
  };
  const messages = messagesInTime(request, promptReads, times);
  const visible = (error: unknown, isInAnswer = false): FlightError =>
    visibleError(error, fields, request, onError, isInAnswer);
  /** Error of the call, as the transport has seen it. */
  let failure: FlightError | undefined;
  const sentFailure = (error: unknown, isInAnswer?: boolean): FlightError => {
    const seen = visible(error, isInAnswer);
    try {
      failure = wireError(seen, fields);
    } catch (problem) {
      // Its trailers are none.
      failure = visible(answerError(method, problem)).with({ method });
    }
    return failure;
  };
  const onUnsent = (error: unknown): void => {
    if (error !== failure) visible(answerError(method, error));
  };
  if (interceptors.length === 0) {
    const response = handlerResponse(
      answer,
      { context: asContext(fields, request), messages, data },
      sent.promise,
      (error, isInAnswer) => {
        if (responseHeaders.size > 0) fields.sendHeaders();
        return sentFailure(error, isInAnswer);
      },
    );
    return { ...response, onUnsent };
  }
  const call: FlightServerCall = lendSignal({
    side: "server" as const,
    path: request.path,
    isKnown,
    messages,
    ...fields,
  }, request);
  const outcome = { hasFailed: false };
  const fail = (): void => {
    outcome.hasFailed = true;
    // Interceptors may still have something to say.
    call.sendHeaders();
  };
  const next = compose(
    interceptors,
    (inner) =>
      handlerResponse(
        answer,
        {
          context: contextOf(inner as FlightServerCall, inner),
          messages: incomingMessages(inner.messages),
          data,
        },
        sent.promise,
        (error, isInAnswer) => {
          fail();
          return visible(error, isInAnswer);
        },
      ),
  );
  const response = intercepted(next(call), {
    responseHeaders,
    outcome,
    sendHeaders: () => call.sendHeaders(),
    failure(error) {
      fail();
      return sentFailure(error);
    },
  });
  return { ...response, onUnsent };
}

/**
 * Makes the outermost answer: failures get one form, with any interceptors, and headers are sent.
 *
 * Those of a call that fails are sent only if there is something in them: the status alone, which is
 * "Trailers-Only" in gRPC over HTTP/2, lets clients make the call again on their own (gRFC A6).
 */
function intercepted(
  response: FlightCallResponse,
  { responseHeaders, outcome, sendHeaders, failure }: {
    readonly responseHeaders: FlightHeaders;
    readonly outcome: { hasFailed: boolean };
    readonly sendHeaders: () => void;
    readonly failure: (error: unknown) => FlightError;
  },
): CallResponse<OutgoingMessage> {
  const messages = outgoingMessages(response.messages);
  const { promise: headers, resolve: send, reject } = deferred<FlightHeaders>();
  const known = response.headers.catch(() => {
    outcome.hasFailed = true;
    // A refusal has none of its own.
    return responseHeaders;
  });
  known.then((headers) => {
    if (headers.size > 0 || !outcome.hasFailed) send(headers);
  }).catch(reject);
  return mapResponse(response, {
    headers,
    async read() {
      try {
        const message = await messages.read();
        // An interceptor may answer in the place of a handler of which nothing is read.
        sendHeaders();
        // An interceptor may answer in the place of a handler that failed.
        if (outcome.hasFailed) send(await known);
        return message;
      } catch (error) {
        const visible = failure(error);
        // They go before the status that the transport is about to send.
        await known;
        throw visible;
      }
    },
  });
}

/** Converts an error for interceptors and the client; the original stays in this process. */
function visibleError(
  thrown: unknown,
  call: ContextFields,
  owner: SignalOwner,
  onError: (error: unknown, context: FlightCallContext) => void,
  isInAnswer: boolean,
): FlightError {
  if (FlightError.is(thrown)) return thrown;
  const error = failureOf(thrown, handlerName(call.method));
  const isAnswer = error instanceof AnswerError;
  // A handler that passes the signal on fails by its reason, which is no news.
  if (isAnswer || !owner.signal.aborted) {
    // A listener that fails must not take the call down with it.
    quietly(() => onError(error, contextOf(call, owner)));
  }
  return isAnswer ? error.visible : handlerError(error, isInAnswer);
}

/** The error as the transport sends it. */
function wireError(
  error: FlightError,
  { method, headers, responseTrailers }: ContextFields,
): FlightError {
  const trailers = new FlightHeaders(responseTrailers);
  for (const [name, value] of arrowStatusTrailers(error, headers)) {
    trailers.append(name, value);
  }
  return error.with({ method, trailers });
}
