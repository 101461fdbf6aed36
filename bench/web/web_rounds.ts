/**
 * Runs `web_client.ts` beside a server on the same runtime.
 *
 * @module
 */
import { PerfServer, runJson } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import type { WebRound } from "./web_client.ts";

/** Data of one DoGet, in MiB. */
const MIB = 256;

/** Longest time for a runtime. */
const TIMEOUT_MS = 300_000;

/** Result of a runtime. */
export interface WebFigures {
  readonly runtime: string;
  /** One for each round; empty after a failure. */
  readonly rounds: readonly WebRound[];
  readonly failure: string | undefined;
}

/** Measures DoGet over `fetch` beside plain `fetch` and gRPC, on each runtime. */
export async function measureWeb(
  { typescript }: Runtimes,
  rounds: number,
): Promise<WebFigures[]> {
  const figures: WebFigures[] = [];
  for (const [runtime, command] of typescript) {
    const server = new PerfServer([
      ...command,
      "bench/web/web_server.ts",
      `--mib=${MIB}`,
    ]);
    try {
      await server.start();
      const measured = await runJson<WebRound[]>([
        ...command,
        "bench/web/web_client.ts",
        `--port=${server.port}`,
        `--rounds=${rounds}`,
      ], TIMEOUT_MS);
      figures.push({ runtime, rounds: measured, failure: undefined });
    } catch (error) {
      const failure = (error as Error).message;
      figures.push({ runtime, rounds: [], failure });
    } finally {
      await server.stop();
    }
  }
  return figures;
}
