/** Timers and a clock that move only when a test moves them. */

/** Runs `run` with a clock of its own, which `advance` moves on. */
export function withFakeTimers(
  run: (clock: { advance(ms: number): void; armed(): number }) => void,
): void {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = performance;
  let time = 1000;
  let next = 1;
  const timers = new Map<number, { at: number; call: () => void }>();
  Object.assign(globalThis, {
    setTimeout(call: () => void, delay: number) {
      timers.set(next, { at: time + delay, call });
      return next++;
    },
    clearTimeout: (timer: number) => timers.delete(timer),
  });
  performance.now = () => time;
  try {
    run({
      advance(ms) {
        const end = time + ms;
        while (true) {
          const due = [...timers].filter(([, { at }]) => at <= end)
            .sort(([, a], [, b]) => a.at - b.at)[0];
          if (due === undefined) break;
          timers.delete(due[0]);
          time = due[1].at;
          due[1].call();
        }
        time = end;
      },
      armed: () => timers.size,
    });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    performance.now = now;
  }
}
