/**
 * Keeps the tables in docs/results/interop.md and README.md.
 *
 * @module
 */
import { writeBetweenMarkers } from "../../../tools/write_between_markers.ts";
import { BUN_VERSION } from "../programs/bun.ts";
import {
  GRPCURL_VERSION,
  HEALTH_PROBE_VERSION,
} from "../grpc_tools/grpc_tools.ts";
import { H2SPEC_VERSION } from "../h2spec/h2spec.ts";
import { KNOWN_FAILURES, type KnownFailure } from "../known_failures.ts";
import type { Mark, Matrix } from "./matrix.ts";
import { tablesOf } from "../parts/integration_part.ts";
import { type PartName, PEER_NAMES } from "../options.ts";
import type { Implementation } from "../peers/implementation.ts";
import { IMPLEMENTATIONS } from "../peers/implementations.ts";
import { PYARROW_VERSION } from "../programs/python.ts";
import {
  CONNECT_WEB_VERSION,
  GRPC_WEB_VERSION,
  GRPCWEBPROXY_VERSION,
} from "../web/web_programs.ts";
import { SCENARIOS } from "../scenarios/scenarios.ts";

const NAME = "interop";

type Results = ReadonlyMap<PartName, Matrix>;

/** Writes the tables between the markers; the rest of the pages is not ours. */
export async function writeDocs(results: Results): Promise<void> {
  await writeBetweenMarkers("README.md", NAME, shortReport(results));
  await writeBetweenMarkers(
    "docs/results/interop.md",
    NAME,
    fullReport(results),
  );
}

/** Arrow's integration tests: a row for each scenario, a column for each peer. */
function shortReport(results: Results): string {
  const peers = PEER_NAMES.map((name) => {
    const { title, version } = IMPLEMENTATIONS[name];
    const { scenario, data } = tablesOf(IMPLEMENTATIONS[name]);
    const matrix = results.get(name)!;
    return {
      title: `${title}: ${version}`,
      scenarios: matrix.worst(scenario),
      data: [...matrix.worst(data).values()],
    };
  });
  const line = (title: string, cells: readonly string[]) =>
    `| ${title} | ${cells.join(" | ")} |`;
  return [
    line("scenario", peers.map(({ title }) => title)),
    line("---", peers.map(() => "---")),
    ...Object.keys(SCENARIOS).map((scenario) =>
      line(scenario, peers.map((peer) => peer.scenarios.get(scenario) ?? "-"))
    ),
    line("data files", peers.map(({ data }) => countOf(data))),
  ].join("\n");
}

/** Counts the results that are as expected. */
function countOf(marks: readonly Mark[]): string {
  const ok = marks.filter((mark) => mark === "ok").length;
  return `${ok} of ${marks.length} ok`;
}

function fullReport(results: Results): string {
  const implementations = Object.values(IMPLEMENTATIONS);
  return [
    `pyarrow ${PYARROW_VERSION}, h2spec ${H2SPEC_VERSION}, ` +
    `grpcurl ${GRPCURL_VERSION}, grpc-health-probe ${HEALTH_PROBE_VERSION}, ` +
    `connect-web ${CONNECT_WEB_VERSION}, grpc-web ${GRPC_WEB_VERSION}, ` +
    `grpcwebproxy ${GRPCWEBPROXY_VERSION}, ` +
    implementations.map(({ title, version }) => `${version} (${title}), `)
      .join("") +
    `Deno ${Deno.version.deno} unless a table says otherwise, ` +
    `Bun ${BUN_VERSION}. ` +
    '"-" is a case that this direction does not have, "known" a known failure.',
    ...[...results.values()].map((matrix) => matrix.markdown()),
    "Known failures:",
    KNOWN_FAILURES.map(knownFailure).join("\n"),
    "Features that a peer lacks:",
    implementations.flatMap(lacksOf).join("\n"),
  ].join("\n\n");
}

function knownFailure({ parts, cases, reason }: KnownFailure): string {
  const prefix = parts ? `${parts.join(", ")}: ` : "";
  return `- ${prefix}${cases.join(", ")}: ${reason}`;
}

function lacksOf({ title, lacks, unnumbered }: Implementation): string[] {
  const lines = Object.entries(lacks).map(([scenario, reason]) =>
    `- ${title}: scenario ${scenario}: ${reason}`
  );
  if (unnumbered) {
    const { files, reason } = unnumbered;
    lines.push(`- ${title}: metadata of ${files.join(", ")}: ${reason}`);
  }
  return lines;
}
