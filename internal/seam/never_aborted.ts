/** The signal of calls that were given none. */

/** Never aborted: nothing needs to listen to it, and all calls share it. */
export const NEVER_ABORTED: AbortSignal = new AbortController().signal;
