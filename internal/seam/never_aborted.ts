/** The signal of calls that were given none. */

/** Never aborted: nothing needs to listen to it, and all calls share it. */
export const NEVER_ABORTED: AbortSignal = new AbortController().signal;

/** Has `listener` called when the signal of a call is aborted; {@linkcode offAbort} ends that. */
export function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal !== NEVER_ABORTED) signal.addEventListener("abort", listener);
}

/** Ends what {@linkcode onAbort} has begun. */
export function offAbort(signal: AbortSignal, listener: () => void): void {
  if (signal !== NEVER_ABORTED) signal.removeEventListener("abort", listener);
}
