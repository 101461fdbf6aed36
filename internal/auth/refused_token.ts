/** Calls of a client that are made once more when the server refuses their token. */

import { FlightError } from "../core/flight_error.ts";
import type {
  FlightCallResponse,
  FlightClientCall,
} from "../interceptors/interceptor.ts";
import { begun, isRepeatable, repeatable } from "../interceptors/replay.ts";

/** Makes a call with a token. */
type Send = (
  call: FlightClientCall,
) => Promise<FlightCallResponse> | FlightCallResponse;

/** Reports whether a call has failed because of its token. */
export function isRefused(error: unknown): boolean {
  return FlightError.is(error) && error.code === "UNAUTHENTICATED";
}

/**
 * Makes a call, and makes it once more if its token is refused. To detect that, the first message of the
 * answer is read ahead. A call whose request is a stream is made only once.
 *
 * @param call The call.
 * @param send Makes it.
 * @param again Makes it with another token.
 */
export async function sentTwice(
  call: FlightClientCall,
  send: Send,
  again: Send,
): Promise<FlightCallResponse> {
  if (!isRepeatable(call.method)) return send(call);
  const attempt = await repeatable(call);
  const { response, failure } = await begun(await send(attempt()));
  return isRefused(failure?.error) ? again(attempt()) : response;
}
