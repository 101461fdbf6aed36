/**
 * The targets, and whether they were met.
 *
 * @module
 */
import { gatewayTargets } from "../gateway/gateway_report.ts";
import { PYARROW } from "../rounds/scenarios.ts";
import type { SlowPair } from "../slow/slow_readings.ts";
import { sqlTargets } from "../sql/sql_report.ts";
import { webTargets } from "../web/web_report.ts";
import type { Cell } from "./cell.ts";
import type { Findings } from "./findings.ts";
import { figure, peerName, times } from "./format.ts";

/** Growth of memory that a slow consumer may cause on either side, in MiB. */
const MEMORY_TARGET_MIB = 24;
/** Target speed between our own ends, in multiples of pyarrow. */
const PYARROW_TARGET = 1;
/** Target speed of DoGet, in multiples of arrow-flight-client. */
const OTHER_CLIENT_TARGET = 3;

type Add = (met: boolean, text: string) => void;

/** Reports for each target whether it was met. */
export function targetLines(findings: Findings): string {
  const lines: string[] = [];
  const add: Add = (met, text) =>
    lines.push(`- ${met ? "met" : "**not met**"}: ${text}`);
  for (const cell of findings.cells) cellTargets(cell, add);
  lines.push(...gatewayTargets(findings.gateway));
  for (const pair of findings.slow) slowTarget(pair, add);
  if (findings.sql !== undefined) lines.push(...sqlTargets(findings.sql));
  lines.push(...webTargets(findings.web));
  return lines.length === 0 ? "" : `### Targets\n\n${lines.join("\n")}`;
}

function cellTargets(cell: Cell, add: Add): void {
  const { client, server, scenario, toPyarrow, toOtherClient } = cell;
  if (client === server && client !== PYARROW && toPyarrow !== undefined) {
    add(
      toPyarrow >= PYARROW_TARGET,
      `${scenario}, both ends on ${client}: ${times(toPyarrow)} pyarrow, to ` +
        `be ${times(PYARROW_TARGET)}`,
    );
  }
  if (scenario.startsWith("DoGet") && toOtherClient !== undefined) {
    add(
      toOtherClient >= OTHER_CLIENT_TARGET,
      `${scenario}, ${client} from ${peerName(server)}: ` +
        `${times(toOtherClient)} arrow-flight-client, to be ` +
        `${OTHER_CLIENT_TARGET} ×`,
    );
  }
}

function slowTarget({ client, server, reading }: SlowPair, add: Add): void {
  const { peakAboveMib, serverPeakAboveMib = 0 } = reading ?? {};
  add(
    peakAboveMib !== undefined &&
      Math.max(peakAboveMib, serverPeakAboveMib) < MEMORY_TARGET_MIB,
    `slow reader on ${client} from ${peerName(server)}: ` +
      `${figure(peakAboveMib)} MiB above its start, the server ` +
      `${figure(reading?.serverPeakAboveMib)}, to be below ` +
      `${MEMORY_TARGET_MIB}`,
  );
}
