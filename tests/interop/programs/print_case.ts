/**
 * The cases of a program of ours, as `reported_cases.ts` reads them.
 *
 * @module
 */

/**
 * Runs a case, and prints a line of JSON: its name, its error if it failed, and a note.
 *
 * @param name The name.
 * @param run The case, which may return a note.
 */
export async function printCase(
  name: string,
  run: () => Promise<string | void>,
): Promise<void> {
  let error: string | undefined;
  let note: string | void = undefined;
  try {
    note = await run();
  } catch (thrown) {
    error = (thrown as Error)?.stack ?? String(thrown);
  }
  console.log(JSON.stringify({ name, error, note }));
}
