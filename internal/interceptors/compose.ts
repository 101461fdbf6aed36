/** Makes one function of a list of interceptors. */

import type { Source } from "../base/source.ts";
import { failureOf, handled, quietly } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import { valueName } from "../base/value_name.ts";
import { failedResponse } from "../seam/failed_response.ts";
import { mapResponse } from "../seam/map_response.ts";
import type {
  FlightCall,
  FlightCallMessage,
  FlightCallResponse,
  FlightInterceptor,
  FlightNext,
} from "./interceptor.ts";
import { passedCall, passedHeaders } from "./passed_on.ts";
import { pendingResponse } from "./pending_response.ts";

/**
 * Puts `interceptors`, the outermost first, around `last`. A call that has ended before an
 * interceptor's turn goes no further.
 */
export function compose(
  interceptors: readonly FlightInterceptor[],
  last: FlightNext,
): FlightNext {
  return interceptors.reduceRight<FlightNext>(
    (next, interceptor) => (call) => responseOf(call, interceptor, next),
    last,
  );
}

function responseOf(
  call: FlightCall,
  interceptor: FlightInterceptor,
  next: FlightNext,
): FlightCallResponse {
  const begun: FlightCallResponse[] = [];
  const begin: FlightNext = (given) => {
    const call = passedCall(given);
    const { signal, messages } = call;
    if (signal.aborted) return unanswered(call, signal.reason);
    const response = next({ ...call, messages: cancellable(messages) });
    // A caller that does not use the headers learns of a failure by the messages.
    handled(response.headers);
    begun.push(response);
    return response;
  };
  /** An interceptor that fails leaves no answer behind that would stay unread. */
  const abandon = (error: unknown): void => {
    for (const { messages } of begun) messages.cancel(error);
  };
  try {
    const response = interceptor(call, begin);
    if (!isPromise(response)) return checked(response);
    return pendingResponse(
      call,
      response.then(checked).then(undefined, (thrown) => {
        const error = failureOf(thrown, "an interceptor");
        abandon(error);
        throw error;
      }),
    );
  } catch (thrown) {
    const error = failureOf(thrown, "an interceptor");
    abandon(error);
    return unanswered(call, error);
  }
}

/** Ends a call that gets no answer. */
function unanswered(call: FlightCall, error: unknown): FlightCallResponse {
  call.messages.cancel(error);
  return failedResponse(error);
}

function checked(response: FlightCallResponse): FlightCallResponse {
  if (typeof response?.messages?.read !== "function") {
    throw new TypeError(
      "Cannot continue the call: an interceptor must return a response, such as that of next(call), not " +
        (typeof response === "function"
          ? "a function (call a function that makes one, as in clientCookies())"
          : valueName(response)),
    );
  }
  if (!isPromise(response.headers)) {
    throw new TypeError(
      "Cannot continue the call: an interceptor must return a response whose headers are a promise",
    );
  }
  handled(response.headers);
  const { headers, messages } = response;
  const trailers = () => passedHeaders(response.trailers());
  return {
    ...mapResponse(response, {
      headers: handled(
        headers.then(passedHeaders),
      ),
      ...cancellable(messages),
      async read() {
        const message = await messages.read();
        // A failure of the trailers is one of the call.
        if (message === undefined) trailers();
        return message;
      },
    }),
    trailers,
  };
}

/**
 * Wraps messages of an interceptor to fulfill the contract of the seam: canceling them never
 * throws.
 */
function cancellable(
  messages: Source<FlightCallMessage>,
): Source<FlightCallMessage> {
  return {
    read: () => messages.read(),
    cancel: (reason) => quietly(() => messages.cancel(reason)),
    recycle: (message) => messages.recycle?.(message),
  };
}
