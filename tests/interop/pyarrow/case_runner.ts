/**
 * Protocol by which a program that runs cases reports to run.ts: one line of
 * JSON before and after each case. Other output is shown only if a case failed.
 *
 * @module
 */

/** A line that a client prints. */
export type CaseLine =
  | { readonly start: string }
  | { readonly end: string; readonly error?: string | undefined };

/** Runs cases one after the other, and reports them. */
export async function runCases(
  names: readonly string[],
  run: (name: string) => Promise<void>,
): Promise<void> {
  const print = (line: CaseLine) => console.log(JSON.stringify(line));
  for (const name of names) {
    print({ start: name });
    try {
      await run(name);
      print({ end: name });
    } catch (error) {
      print({
        end: name,
        error: error instanceof Error
          ? error.stack ?? error.message
          : String(error),
      });
    }
  }
}
