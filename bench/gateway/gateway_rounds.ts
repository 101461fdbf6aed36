/**
 * Measures what a gateway costs, in rounds in which every way has its turn: in
 * front of a server of ours, and in front of Ballista.
 *
 * @module
 */
import { join } from "node:path";
import { connectSql } from "@contrail/flight/sql/client";
import { findBallista } from "../../examples/cluster/ballista.ts";
import { Cluster } from "../../examples/cluster/cluster.ts";
import { ParquetFiles } from "../../examples/cluster/parquet_files.ts";
import { ScratchFolder } from "../../examples/cluster/scratch_folder.ts";
import { findAdbcWithSqlite } from "../../tests/interop/programs/python.ts";
import type { QueryResult } from "../sql/sql_client.ts";
import { ADBC } from "../sql/sql_rounds.ts";
import { cpuSeconds } from "../support/process_stats.ts";
import { PerfServer, PerfWorker } from "../support/processes.ts";
import type { Progress } from "../support/progress.ts";
import type { Runtimes } from "../support/runtimes.ts";
import type {
  GatewayBackend,
  GatewayMeasured,
  GatewayRound,
  Way,
} from "./gateway_ways.ts";

const TIMEOUT_MS = 120_000;
const EXECUTORS = 2;
const FLIGHTS =
  'SELECT "date", delay, distance, origin, destination FROM flights';
const PROGRAM = "bench/gateway/gateway_server.ts";

/** A way with its processes. */
interface Target {
  readonly measured: GatewayMeasured;
  readonly query: string;
  readonly worker: PerfWorker;
  readonly port: number;
  readonly gateway: PerfServer | undefined;
}

/** Options of {@linkcode measureGateway}. */
export interface GatewayBenchOptions {
  readonly rounds: number;
  /** True if Ballista may be built, which takes minutes. */
  readonly mayBuild: boolean;
}

/** Measures all ways that can be had. */
export async function measureGateway(
  runtimes: Runtimes,
  { rounds, mayBuild }: GatewayBenchOptions,
  progress: Progress,
): Promise<GatewayMeasured[]> {
  await using bench = new GatewayBench(runtimes, mayBuild);
  progress.step("gateway", 0, "starting");
  await bench.start();
  for (let round = -1; round < rounds; round++) {
    progress.step(
      "gateway",
      (round + 2) / (rounds + 2),
      round < 0 ? "warming up" : `round ${round + 1} of ${rounds}`,
    );
    await bench.turn(round);
  }
  return bench.measured();
}

class GatewayBench implements AsyncDisposable {
  readonly #runtimes: Runtimes;
  readonly #mayBuild: boolean;
  readonly #resources = new AsyncDisposableStack();
  readonly #workers = new Map<string, PerfWorker>();
  readonly #targets: Target[] = [];
  #build: string | undefined;

  constructor(runtimes: Runtimes, mayBuild: boolean) {
    this.#runtimes = runtimes;
    this.#mayBuild = mayBuild;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  measured(): GatewayMeasured[] {
    return this.#targets.map(({ measured }) => measured);
  }

  async start(): Promise<void> {
    for (const [runtime, command] of this.#runtimes.typescript) {
      await this.#addWorker(runtime, [
        ...command,
        "bench/sql/sql_client.ts",
      ]);
    }
    const adbc = await findAdbcWithSqlite();
    if ("problem" in adbc) {
      console.log(`SKIPPED: the driver of ADBC: ${adbc.problem}`);
    } else {
      await this.#addWorker(ADBC, [
        adbc.python,
        "bench/sql/adbc_client.py",
      ]);
    }
    await this.#addOwnBackends();
    await this.#addBallista();
  }

  async #addWorker(name: string, command: readonly string[]): Promise<void> {
    this.#workers.set(name, await this.#started(new PerfWorker(command)));
  }

  async #started<T extends PerfServer | PerfWorker>(process: T): Promise<T> {
    this.#resources.defer(() => process.stop());
    await process.start();
    return process;
  }

  #add(
    backend: GatewayBackend,
    client: string,
    way: Way,
    runtime: string | undefined,
    server: { readonly port: number },
  ): void {
    const worker = this.#workers.get(client);
    if (worker === undefined) return;
    this.#targets.push({
      measured: {
        backend,
        client,
        way,
        build: backend === "Ballista" ? this.#build : undefined,
        runtime,
        rounds: [],
      },
      query: backend === "Ballista" ? FLIGHTS : "SELECT 1",
      worker,
      port: server.port,
      gateway: server instanceof PerfServer && way !== "no gateway"
        ? server
        : undefined,
    });
  }

  /** Servers of this package, each with a gateway on the same runtime. */
  async #addOwnBackends(): Promise<void> {
    for (const [runtime, command] of this.#runtimes.typescript) {
      const server = await this.#started(
        new PerfServer([...command, PROGRAM, "--mib=256"]),
      );
      const gateway = await this.#started(
        new PerfServer([
          ...command,
          PROGRAM,
          `--backend=grpc://127.0.0.1:${server.port}`,
        ]),
      );
      this.#add("this package", runtime, "no gateway", runtime, server);
      this.#add("this package", runtime, "proxy", runtime, gateway);
    }
  }

  async #addBallista(): Promise<void> {
    const found = await findBallista(this.#mayBuild);
    if ("problem" in found) {
      console.log(`SKIPPED: Ballista: ${found.problem}`);
      return;
    }
    this.#build = found.build;
    const { path: folder } = this.#resources.use(
      new ScratchFolder("flight-bench-"),
    );
    const files = this.#resources.use(
      await ParquetFiles.write(join(folder, "flights")),
    );
    const cluster = this.#resources.use(
      await Cluster.start(found.program, EXECUTORS, folder),
    );
    await using client = connectSql(cluster.scheduler);
    await client.execute(
      `CREATE EXTERNAL TABLE flights STORED AS PARQUET
       LOCATION '${files.folder}'`,
    );
    const port = Number(new URL(cluster.scheduler).port);
    this.#add("Ballista", ADBC, "no gateway", undefined, { port });
    for (const [runtime, command] of this.#runtimes.typescript) {
      for (const results of ["proxy", "direct"] as const) {
        const gateway = await this.#started(
          new PerfServer([
            ...command,
            PROGRAM,
            `--backend=${cluster.scheduler}`,
            `--results=${results}`,
            "--engine=ballista",
          ]),
        );
        this.#add("Ballista", runtime, results, runtime, gateway);
        this.#add("Ballista", ADBC, results, runtime, gateway);
      }
    }
  }

  /** Gives every way its turn; the first round warms up, and does not count. */
  async turn(round: number): Promise<void> {
    for (let i = 0; i < this.#targets.length; i++) {
      const target = this.#targets[(round + 1 + i) % this.#targets.length]!;
      const { client, way, backend, rounds } = target.measured;
      try {
        const result = await this.#run(target);
        if (round >= 0) rounds.push(result);
      } catch (error) {
        console.log(`${backend}, ${client}, ${way}: ${error}`);
        if (round >= 0) rounds.push(undefined);
      }
    }
  }

  async #run(
    { worker, port, query, gateway }: Target,
  ): Promise<GatewayRound> {
    const before = gateway && cpuSeconds(gateway.pid);
    const result = await worker.perf<QueryResult>(
      [`--server_port=${port}`, "--test=query", `--query=${query}`],
      TIMEOUT_MS,
    );
    const after = gateway && cpuSeconds(gateway.pid);
    return {
      ...result,
      gatewayCpu: before === undefined || after === undefined
        ? undefined
        : after - before,
    };
  }
}
