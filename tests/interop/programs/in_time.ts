/**
 * Time for a case, in programs and in pages.
 *
 * @module
 */

/**
 * Waits for a case: a hanging one must not keep the others from their results.
 *
 * @param run The running case.
 * @param timeoutMs Its time, in milliseconds.
 * @throws {Error} When it has not ended by then.
 */
export async function inTime(
  run: Promise<void>,
  timeoutMs: number,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error("it has not ended")),
      timeoutMs,
    );
  });
  await Promise.race([run, timeout]).finally(() => clearTimeout(timer));
}
