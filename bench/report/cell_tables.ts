/**
 * Tables of cells.
 *
 * @module
 */
import { PYARROW, runtimeOf } from "../rounds/scenarios.ts";
import { table } from "../support/markdown.ts";
import type { Cell } from "./cell.ts";
import { figure, peerName, times } from "./format.ts";

/** Titles of the parts whose scenarios have one table together. */
const PART_TITLES: Readonly<Record<string, string>> = {
  tls: "TLS",
  compression: "Compression",
  types: "Types of columns",
};

/** Groups cells by a key, in the order of their first. */
export function groupsOf(
  cells: readonly Cell[],
  key: (cell: Cell) => string,
): Map<string, Cell[]> {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const group = groups.get(key(cell));
    if (group === undefined) groups.set(key(cell), [cell]);
    else group.push(cell);
  }
  return groups;
}

/** Keeps the cells of which both ends are the same implementation. */
export function alike(cells: readonly Cell[]): Cell[] {
  return cells.filter(({ client, server }) => client === server);
}

/**
 * Lists the implementations of both ends, pyarrow last, and each way of ours
 * beside the others of its runtime.
 */
export function peersOf(cells: readonly Cell[]): string[] {
  const peers = [...new Set(alike(cells).map(({ client }) => client))];
  const rank = (peer: string) =>
    peer === PYARROW ? peers.length : peers.indexOf(runtimeOf(peer).runtime);
  return peers.toSorted((a, b) => rank(a) - rank(b));
}

/** One line for each scenario: both ends of each implementation. */
export function overview(cells: readonly Cell[]): string {
  const both = alike(cells);
  const peers = peersOf(cells).filter((peer) => peer !== PYARROW);
  const rows = [...groupsOf(both, ({ scenario }) => scenario)]
    // With one server for all clients, there is only pyarrow's own pair.
    .filter(([, group]) => group.length > 1)
    .map(([scenario, group]) => {
      const of = (peer: string) => group.find(({ client }) => client === peer);
      const [{ unit }] = group as [Cell];
      return [
        scenario,
        unit,
        figure(of(PYARROW)?.speed),
        ...peers.flatMap((peer) => [
          figure(of(peer)?.speed),
          times(of(peer)?.toPyarrow),
        ]),
      ];
    });
  return "### Both ends, beside pyarrow\n\n" + table([
    "scenario",
    "unit",
    PYARROW,
    ...peers.flatMap((peer) => [peer, "to pyarrow"]),
  ], rows);
}

/** The tables of a part: one for each scenario, or one for all of them. */
export function partTables(part: string, cells: readonly Cell[]): string[] {
  const title = PART_TITLES[part];
  if (title !== undefined) return [compactTable(title, cells)];
  return [...groupsOf(cells, ({ scenario }) => scenario)]
    .map(([scenario, group]) => scenarioTable(scenario, group));
}

function compactTable(title: string, cells: readonly Cell[]): string {
  const rows = cells.map((cell) => [
    cell.scenario,
    cell.client,
    figure(cell.speed),
    range(cell),
    times(cell.toPyarrow),
    ...costs(cell),
  ]);
  const header = [
    "scenario",
    "both ends",
    "MiB/s",
    "from–to",
    "to pyarrow",
    ...costTitles("MiB/s"),
  ];
  return `### ${title}\n\n${table(header, rows)}${failuresOf(cells)}`;
}

function scenarioTable(scenario: string, cells: readonly Cell[]): string {
  const [{ unit }] = cells as [Cell];
  const rows = cells.map((cell) => [
    peerName(cell.client),
    peerName(cell.server),
    figure(cell.speed),
    range(cell),
    times(cell.toPyarrow),
    times(cell.toOtherClient),
    ...(["mean", "p50", "p95", "p99", "max"] as const).map((key) =>
      figure(cell.latencyUs?.[key])
    ),
    ...costs(cell),
  ]);
  const header = [
    "client",
    "server",
    unit,
    "from–to",
    "to pyarrow",
    "to arrow-flight-client",
    "mean µs",
    "p50",
    "p95",
    "p99",
    "max",
    ...costTitles(unit),
  ];
  return `### ${scenario}\n\n${table(header, rows)}${failuresOf(cells)}`;
}

function costTitles(unit: Cell["unit"]): string[] {
  const cpu = unit === "MiB/s"
    ? "CPU s/GiB"
    : `CPU µs/${unit === "calls/s" ? "call" : "message"}`;
  return [
    `client ${cpu}`,
    `server ${cpu}`,
    "client peak MiB",
    "server peak MiB",
  ];
}

function costs(cell: Cell): string[] {
  return [
    figure(cell.clientCpu),
    figure(cell.serverCpu),
    figure(cell.clientPeakMib),
    figure(cell.serverPeakMib),
  ];
}

function range({ speeds }: Cell): string {
  const all = speeds.filter((speed) => speed !== null);
  return all.length === 0
    ? "–"
    : `${figure(Math.min(...all))}–${figure(Math.max(...all))}`;
}

function failuresOf(cells: readonly Cell[]): string {
  return cells.filter(({ failures }) => failures.length > 0)
    .map(({ scenario, client, server, speeds, failures }) =>
      `\n\n${scenario}: ${peerName(client)} ↔ ${peerName(server)}: ` +
      `${failures.length} of ${speeds.length} runs failed ` +
      `(${[...new Set(failures)].join("; ")}).`
    ).join("");
}
