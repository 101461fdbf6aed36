/**
 * Statistics of other processes on Linux; undefined elsewhere.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";

/** Clock ticks per second, as Linux shows them to programs on every machine. */
const TICKS = 100;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Seconds of processor time that all threads of a process have used. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may have spaces; utime and stime are 14 and 15.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`) ?? "";
  return children.split(" ").filter((text) => text !== "").map(Number);
}

/** The resident memory of a process, in MiB. */
export function residentMib(pid: number): number | undefined {
  return statusMib(pid, "VmRSS");
}

/** The most resident memory since {@linkcode resetPeak}, in MiB. */
export function peakMib(pid: number): number | undefined {
  return statusMib(pid, "VmHWM");
}

/** Forgets the most resident memory so far. */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // Then the peak is that since the start of the process.
  }
}

function statusMib(pid: number, name: string): number | undefined {
  const line = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m");
  const kib = line.exec(read(`/proc/${pid}/status`) ?? "");
  return kib === null ? undefined : Number(kib[1]) / 1024;
}
