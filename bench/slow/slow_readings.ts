/**
 * Runs `slow_reader.ts` beside servers of its own, all at the same time: they
 * sleep most of the time.
 *
 * @module
 */
import { PerfServer, runJson } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import { type Pair, PYARROW } from "../rounds/scenarios.ts";
import type { SlowReading } from "./slow_reader.ts";

/** Result of a pair. */
export interface SlowPair extends Pair {
  readonly reading: SlowReading | undefined;
  readonly failure: string | undefined;
}

/** Measures the memory that slow consumers and their servers hold. */
export async function measureSlowReaders(
  { typescript, python }: Runtimes,
  seconds: number,
): Promise<SlowPair[]> {
  const pairs = [...typescript.keys()].flatMap((client) => [
    { client, server: client },
    ...python === undefined ? [] : [{ client, server: PYARROW }],
  ]);
  return await Promise.all(pairs.map(async (pair) => {
    const command = pair.server === PYARROW
      ? [...python!, "bench/transfer/pyarrow_perf_server.py"]
      : [...typescript.get(pair.server)!, "bench/transfer/perf_server.ts"];
    const server = new PerfServer([
      ...command,
      "--port=0",
      "--stop_with_stdin",
    ]);
    try {
      await server.start();
      const reading = await runJson<SlowReading>([
        ...typescript.get(pair.client)!,
        "bench/slow/slow_reader.ts",
        `--server_port=${server.port}`,
        `--server_pid=${server.pid}`,
        `--seconds=${seconds}`,
      ], (seconds + 30) * 1000);
      return { ...pair, reading, failure: undefined };
    } catch (error) {
      return { ...pair, reading: undefined, failure: (error as Error).message };
    } finally {
      await server.stop();
    }
  }));
}
