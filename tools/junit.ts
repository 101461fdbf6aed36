/**
 * Counts the tests in the reports of `deno test` and `bun test`.
 *
 * @module
 */

/** Numbers of tests that passed, failed and were skipped. */
export type Totals = { passed: number; failed: number; skipped: number };

type Case = { name: string; result: keyof Totals };

/** The cases of a report in their order. */
function casesOf(xml: string): Case[] {
  // The output of tests is of no interest, and may look like anything.
  const bare = xml.replace(/<!\[CDATA\[[^]*?\]\]>/g, "");
  // Each piece after the first begins inside the tag of a case. The rest of it
  // after the end of the case has only tags of suites, which have no result.
  return bare.split(/<testcase(?=\s)/).slice(1).map((piece) => ({
    name: /\bname="([^"]*)"/.exec(piece)?.[1] ?? "",
    result: /<(failure|error)\b/.test(piece)
      ? "failed"
      : /<skipped\b/.test(piece)
      ? "skipped"
      : "passed",
  }));
}

/**
 * Counts the cases of a JUnit report one by one, since the sums that the two
 * runners write on its suites have different names and meanings.
 *
 * Deno reports a `describe` as a case too. It is left out, unless it fails and
 * no test in it does: then a hook failed.
 *
 * @param xml The report.
 * @returns The totals.
 */
export function countCases(xml: string): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const cases = casesOf(xml);
  const groups = new Map<string, boolean>();
  for (const { name, result } of cases) {
    const parts = name.split(" &gt; ");
    for (let i = 1; i < parts.length; i++) {
      const group = parts.slice(0, i).join(" &gt; ");
      groups.set(group, groups.get(group) || result === "failed");
    }
  }
  for (const { name, result } of cases) {
    const failedInside = groups.get(name);
    if (failedInside !== undefined && (failedInside || result !== "failed")) {
      continue;
    }
    totals[result]++;
  }
  return totals;
}
