/** Events that tests wait for: promises, signals and turns of the event loop. */

/** A promise to be resolved from outside, for tests that wait for an event. */
export function event<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
} {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, resolve };
}

/** Resolves when `signal` is aborted, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

/** Lets timers and sockets have a number of turns. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Waits for what nothing tells about; the time-out of the test is its bound. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!await isTrue()) await turns(1);
}

/** A signal, and how many listeners it has. */
export function countingSignal(): {
  readonly signal: AbortSignal;
  readonly listeners: () => number;
} {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal) as EventTarget[
    "addEventListener"
  ];
  const remove = signal.removeEventListener.bind(signal) as EventTarget[
    "removeEventListener"
  ];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  return { signal, listeners: () => listeners };
}
