/** Progress of transfers, on the terminal. */

import process from "node:process";
// @ts-types="@types/cli-progress"
import bars from "cli-progress";

/** A transfer that is under way. */
interface Progress {
  /** Moves on to a value. */
  to(value: number): void;
  /** Removes what is shown. */
  stop(): void;
}

/** Options of {@linkcode progressOf}. */
interface ProgressOptions {
  /** The unit of the total. */
  readonly unit: "rows" | "bytes";
  /** The end; `undefined` where it is not known. */
  readonly total?: number | undefined;
  /** True if something else is written to the terminal meanwhile. */
  readonly isHidden?: boolean;
}

/**
 * Shows a bar on standard error, where that is a terminal and nothing else is written to it.
 *
 * @param name What is being done.
 * @param options Unit and total.
 */
export function progressOf(
  name: string,
  { unit, total, isHidden = false }: ProgressOptions,
): Progress {
  if (isHidden || !process.stderr.isTTY) return { to() {}, stop() {} };
  const amount = unit === "bytes"
    ? "{value}/{total} MiB"
    : "{value}/{total} rows";
  const format = total === undefined
    ? `${name}  {value} ${
      unit === "bytes" ? "MiB" : "rows"
    }  {duration_formatted}`
    : `${name}  {bar}  {percentage} %  ${amount}  {eta_formatted} left`;
  const bar = new bars.SingleBar({
    format,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C is handled by the commands.
    gracefulExit: false,
    formatValue: (value, _options, type) =>
      unit === "bytes" && (type === "value" || type === "total")
        ? (value / 1024 ** 2).toFixed(1)
        : unit === "rows" && (type === "value" || type === "total")
        ? value.toLocaleString("en-US")
        : String(value),
  }, bars.Presets.shades_classic);
  bar.start(total ?? 0, 0);
  return {
    to(value) {
      // A server may have more than it has announced.
      if (total !== undefined && value > total) bar.setTotal(value);
      bar.update(value);
    },
    stop: () => bar.stop(),
  };
}
