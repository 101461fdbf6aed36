/**
 * The page, and its worker: runs all cases, and reports each to its server.
 *
 * @module
 */
import { inTime } from "../programs/in_time.ts";
import { CALL_CASES } from "./call_cases.ts";
import { DATA_CASES } from "./data_cases.ts";
import { type PageCase, PageContext } from "./page_context.ts";
import { LARGE_CASES, STREAM_CASES } from "./stream_cases.ts";

/** Longest time for a case. */
const CASE_TIMEOUT_MS = 45_000;

const settings = new URL(location.href).searchParams;
const label = settings.get("label")!;
const filter = settings.get("filter") ?? "";

/** Violations of the policy, but for code of strings, which a case tries to make. */
const violations: string[] = [];
const problems: string[] = [];

addEventListener("securitypolicyviolation", (event) => {
  const { blockedURI, violatedDirective } = event as unknown as Record<
    string,
    string
  >;
  if (blockedURI !== "eval") {
    violations.push(`${violatedDirective} ${blockedURI}`);
  }
});
addEventListener("error", (event) => void problems.push(String(event.message)));
addEventListener(
  "unhandledrejection",
  (event) => void problems.push(String(event.reason?.stack ?? event.reason)),
);

const LAST_CASES: Readonly<Record<string, PageCase>> = {
  // deno-lint-ignore require-await -- an error is a rejection
  async "no violation of the policy, and no uncaught error"() {
    const found = [...violations, ...problems];
    if (found.length > 0) throw new Error(found.join("\n"));
  },
};

async function run(): Promise<void> {
  const page = new PageContext(settings);
  const cases = {
    ...CALL_CASES,
    ...DATA_CASES,
    ...STREAM_CASES,
    ...page.isLight ? {} : LARGE_CASES,
    ...LAST_CASES,
  };
  for (const [name, act] of Object.entries(cases)) {
    const title = `${label}: ${name}`;
    if (!title.includes(filter)) continue;
    const error = await inTime(act(page), CASE_TIMEOUT_MS).then(
      () => undefined,
      (error) =>
        error instanceof Error
          ? `${error.message}\n${error.stack}`
          : String(error),
    );
    await report({ name: title, error, notes: page.notes.splice(0) });
  }
  await report({ end: true });
}

async function report(outcome: object): Promise<void> {
  const body = JSON.stringify(outcome);
  await (await fetch("/report", { method: "POST", body })).text();
}

if (settings.has("worker") && "document" in globalThis) {
  new Worker(`/page.js${location.search}`, { type: "module" });
} else await run();
