/**
 * h2spec, the conformance test of HTTP/2, as Go builds it from its source.
 *
 * @module
 */
import { findGoTool, type FoundGoTool } from "../programs/go_tools.ts";
import { casesOfReport, type H2specCase } from "./h2spec_report.ts";
import { runCommand } from "../../../tools/run_command.ts";

/** The h2spec that we are tested with. */
export const H2SPEC_VERSION = "2.6.0";

/** Go does not know the version by its number: the module lacks `/v2`. */
const MODULE =
  "github.com/summerwind/h2spec@v0.0.0-20200804131034-70ac22940108";

/**
 * Longest wait of h2spec for the answer in a case, in seconds; passing takes
 * milliseconds.
 */
const CASE_TIMEOUT_S = 5;

/** All cases together take less than a second. */
const RUN_TIMEOUT_MS = 5 * 60_000;

/** Finds h2spec, and has Go build it where it is missing. */
export function findH2spec(): Promise<FoundGoTool> {
  return findGoTool({
    name: "h2spec",
    version: H2SPEC_VERSION,
    module: MODULE,
    folder: "./cmd/h2spec",
  });
}

/**
 * Runs all cases, the strict ones too, against a server on this machine.
 *
 * @param path The program.
 * @param port Where the server listens.
 * @param tls Whether it does so with TLS.
 * @returns What became of each.
 * @throws {Error} When h2spec does not get to its end.
 */
export async function runH2spec(
  path: string,
  port: string,
  tls: boolean,
): Promise<H2specCase[]> {
  const report = await Deno.makeTempFile({ prefix: "h2spec_" });
  try {
    const { end, output } = await runCommand([
      path,
      "--strict",
      "--host=127.0.0.1",
      `--port=${port}`,
      `--timeout=${CASE_TIMEOUT_S}`,
      `--junit-report=${report}`,
      ...(tls ? ["--tls", "--insecure"] : []),
    ], RUN_TIMEOUT_MS);
    const cases = casesOfReport(await Deno.readTextFile(report));
    // A report that lacks cases must not pass for one without failures.
    const total = /^(\d+) tests, /m.exec(output)?.[1];
    if (Number(total) === cases.length && cases.length > 0) return cases;
    throw new Error(
      `h2spec reports ${cases.length} of ${total} cases: ${end}\n${output}`,
    );
  } finally {
    await Deno.remove(report);
  }
}
