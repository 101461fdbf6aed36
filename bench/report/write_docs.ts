/**
 * Puts the results into the documents.
 *
 * @module
 */
import { runCommand } from "../../tools/run_command.ts";
import { writeBetweenMarkers } from "../../tools/write_between_markers.ts";
import { scaleFiles } from "../scale/scale_report.ts";
import { ROOT } from "../support/processes.ts";
import type { Findings } from "./findings.ts";
import { fullReport, shortReport } from "./report.ts";

/** Folder of the charts, beside the page that shows them. */
const FOLDER = "docs/results";
/** Longest time for formatting the charts. */
const FORMAT_TIMEOUT_MS = 60_000;

/** Writes the tables, and the charts. */
export async function writeDocs(
  findings: Findings,
  [readme, page]: readonly [readme: string, page: string],
): Promise<void> {
  await writeBetweenMarkers(readme, "bench", shortReport(findings));
  await writeBetweenMarkers(page, "bench", fullReport(findings));
  const paths: string[] = [];
  for (const [name, svg] of scaleFiles(findings.scale)) {
    const path = `${FOLDER}/${name}`;
    await Deno.writeTextFile(new URL(path, ROOT), svg);
    paths.push(path);
  }
  await runCommand(
    [Deno.execPath(), "fmt", "--quiet", ...paths],
    FORMAT_TIMEOUT_MS,
  );
}
