/**
 * Compares two runs: whether they agree on what is above and below pyarrow.
 *
 * @module
 */
import { PYARROW } from "../rounds/scenarios.ts";
import { table } from "../support/markdown.ts";
import type { Cell } from "./cell.ts";
import type { Findings } from "./findings.ts";
import { times } from "./format.ts";

/** A cell of both runs. */
interface Shared {
  readonly name: string;
  readonly one: number;
  readonly other: number;
}

/** Distance from 1 within which a ratio is on neither side. */
const MARGIN = 0.05;

/** Result of a comparison. */
export interface Comparison {
  /** True if no cell is clearly above 1 in one run and below in the other. */
  readonly agrees: boolean;
  /** The report, in Markdown. */
  readonly report: string;
}

/** Compares the cells that both runs have. */
export function compareRuns(one: Findings, other: Findings): Comparison {
  const shared = sharedCells(one.cells, other.cells);
  const sides = shared.map((cell) => [sideOf(cell.one), sideOf(cell.other)]);
  const count = (test: (a: number, b: number) => boolean) =>
    sides.filter(([a, b]) => test(a!, b!)).length;
  const opposed = shared.filter((_, i) => sides[i]![0]! * sides[i]![1]! < 0);
  const close = shared.filter((_, i) => sides[i]!.includes(0));
  const lines = [
    `${shared.length} cells are in both runs: ` +
    `${count((a, b) => a > 0 && b > 0)} above pyarrow in both, ` +
    `${count((a, b) => a < 0 && b < 0)} below in both, ` +
    `${close.length} within ${MARGIN} of 1 in one of them, ` +
    `${opposed.length} on opposite sides.`,
    ...opposed.length === 0 ? [] : ["Opposite sides:", cellTable(opposed)],
    ...close.length === 0 ? [] : ["Close to 1:", cellTable(close)],
  ];
  return {
    agrees: shared.length > 0 && opposed.length === 0,
    report: lines.join("\n\n"),
  };
}

/** Returns 1 for above, −1 for below, and 0 for neither. */
function sideOf(ratio: number): number {
  return Math.abs(ratio - 1) < MARGIN ? 0 : Math.sign(ratio - 1);
}

function sharedCells(one: readonly Cell[], other: readonly Cell[]): Shared[] {
  const key = ({ part, scenario, client, server }: Cell) =>
    `${part}: ${scenario}, ${client} ↔ ${server}`;
  const ratios = new Map(other.map((cell) => [key(cell), cell.toPyarrow]));
  return one.flatMap((cell) => {
    const beside = ratios.get(key(cell));
    const isReference = cell.client === PYARROW && cell.server === PYARROW;
    return isReference || cell.toPyarrow === undefined || beside === undefined
      ? []
      : [{ name: key(cell), one: cell.toPyarrow, other: beside }];
  });
}

function cellTable(cells: readonly Shared[]): string {
  return table(
    ["cell", "first run", "second run"],
    cells.map(({ name, one, other }) => [name, times(one), times(other)]),
  );
}
