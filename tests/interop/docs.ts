/**
 * Keeps the tables in docs/interop.md.
 *
 * @module
 */
import { ROOT } from "../../tools/deno_json.ts";
import { runCommand } from "../../tools/run_command.ts";
import { BUN_VERSION } from "./bun.ts";
import { GRPCURL_VERSION, HEALTH_PROBE_VERSION } from "./grpc_tools.ts";
import { H2SPEC_VERSION } from "./h2spec.ts";
import { KNOWN_FAILURES } from "./known_failures.ts";
import { PYARROW_VERSION } from "./python.ts";

const [BEGIN, END] = ["<!-- interop -->", "<!-- /interop -->"];

/** Writes the tables between the markers; the rest of the page is not ours. */
export async function writeDocs(tables: string): Promise<void> {
  const url = new URL("docs/interop.md", ROOT);
  const page = await Deno.readTextFile(url);
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new Error(`docs/interop.md has no ${BEGIN} … ${END}`);
  }
  const known = KNOWN_FAILURES.map(({ cases, reason }) =>
    `- ${cases.join(", ")}: ${reason}`
  );
  const text = [
    BEGIN,
    "",
    `pyarrow ${PYARROW_VERSION}, h2spec ${H2SPEC_VERSION}, ` +
    `grpcurl ${GRPCURL_VERSION}, grpc-health-probe ${HEALTH_PROBE_VERSION}, ` +
    `Deno ${Deno.version.deno} unless a table says otherwise, ` +
    `Bun ${BUN_VERSION}. ` +
    '"-" is a case that this direction does not have, "known" a known failure.',
    "",
    tables,
    "",
    ...(known.length > 0 ? ["Known failures:", "", ...known, ""] : []),
    END,
  ].join("\n");
  await Deno.writeTextFile(
    url,
    page.slice(0, begin) + text + page.slice(end + END.length),
  );
  await runCommand([Deno.execPath(), "fmt", "docs/interop.md"], 60_000);
}
