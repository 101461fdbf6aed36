/**
 * h2spec, the conformance test of HTTP/2, as Go builds it from its source.
 *
 * @module
 */
import { fromFileUrl, INTEROP } from "./paths.ts";
import { casesOfReport, type H2specCase } from "./h2spec_report.ts";
import { runCommand } from "../../tools/run_command.ts";

/** The h2spec that we are tested with. */
export const H2SPEC_VERSION = "2.6.0";

/**
 * The commit of that version. Go does not know it by its number, because the
 * path of the module does not end in `/v2`.
 */
const MODULE =
  "github.com/summerwind/h2spec/cmd/h2spec@v0.0.0-20200804131034-70ac22940108";

/** Downloads and compiles h2spec and what it needs. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** How long h2spec waits for the answer in a case; passing takes milliseconds. */
const CASE_TIMEOUT_S = 5;

/** All cases together take less than a second. */
const RUN_TIMEOUT_MS = 5 * 60_000;

/** The program, or why there is none. */
export type H2spec = { readonly path: string } | { readonly problem: string };

/** Finds h2spec, and has Go install it where it is missing. */
export async function findH2spec(): Promise<H2spec> {
  const folder = fromFileUrl(new URL(`h2spec-${H2SPEC_VERSION}`, INTEROP));
  const path = `${folder}/h2spec`;
  const works = async () =>
    (await runCommand([path, "--version"], INSTALL_TIMEOUT_MS)).success;
  if (await works()) return { path };
  console.log(`installing h2spec ${H2SPEC_VERSION}`);
  const { success, end, output } = await runCommand(
    ["env", `GOBIN=${folder}`, "go", "install", MODULE],
    INSTALL_TIMEOUT_MS,
  );
  if (!success) {
    const reason = output.trim().split("\n").at(-1);
    return { problem: `go install ${MODULE}: ${end}: ${reason}` };
  }
  return await works()
    ? { path }
    : { problem: "it was installed, but cannot be run" };
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
