/**
 * Measures the memory that a slow consumer holds: it reads one batch a second
 * from a stream of 1 GiB, which the server could send at once.
 *
 *     deno run -A bench/slow/slow_reader.ts --server_port 31337 --seconds 20
 *
 * The kernel notes the peaks: to look at them from here would itself take memory. The stream is
 * canceled after that time. If the server runs on this machine,
 * `--server_pid` measures that process too.
 *
 * @module
 */
import process from "node:process";
import { connect } from "@contrail/flight";
import { Flags } from "../support/flags.ts";
import { type PerfSize, perfTicket } from "../transfer/perf_messages.ts";
import { peakMib, resetPeak, residentMib } from "../support/process_stats.ts";
import { TRANSPORT } from "../support/transport.ts";

/** Result of the measurement. */
export interface SlowReading {
  readonly batches: number;
  readonly seconds: number;
  /** Memory before the call, in MiB. */
  readonly startMib: number;
  /** Peak above that, in MiB. */
  readonly peakAboveMib: number;
  /** The same for the server, if it was measured. */
  readonly serverPeakAboveMib: number | undefined;
}

const SIZE: PerfSize = {
  data: "int64",
  compression: "none",
  numStreams: 1,
  // 1 GiB in batches of 1 MiB.
  recordsPerStream: 2 ** 25,
  recordsPerBatch: 2 ** 15,
};

async function readSlowly(
  location: string,
  seconds: number,
  serverPid: number,
): Promise<SlowReading> {
  const pids = [process.pid, serverPid];
  const startsMib = pids.map(residentMib);
  pids.forEach(resetPeak);
  let batches = 0;
  const client = connect(location, { transport: TRANSPORT });
  for await (const batch of client.doGet(perfTicket(SIZE))) {
    if (batch.numRows !== SIZE.recordsPerBatch) {
      throw new Error("a short batch");
    }
    if (++batches > seconds) break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  await client.close();
  const [own, server] = pids.map((pid, index) => {
    const [start, peak] = [startsMib[index], peakMib(pid)];
    return start && peak && { start, above: peak - start };
  });
  if (!own) throw new Error("the memory can be measured only on Linux");
  return {
    batches,
    seconds,
    startMib: own.start,
    peakAboveMib: own.above,
    serverPeakAboveMib: server ? server.above : undefined,
  };
}

const flags = new Flags(process.argv.slice(2), [
  "server_host",
  "server_port",
  "server_pid",
  "seconds",
]);
const host = flags.text("server_host", "127.0.0.1");
const port = flags.count("server_port", 31337);
const reading = await readSlowly(
  `grpc://${host}:${port}`,
  flags.count("seconds", 20),
  flags.count("server_pid", 0),
);
console.log(JSON.stringify(reading));
process.exit();
