/**
 * Reads the flight of `web_server.ts` in three ways in turn, and prints the figures of each round as JSON:
 *
 *     web_client.ts --port=N --rounds=N
 *
 * @module
 */
import process from "node:process";
import { connect, type FlightClient } from "@contrail/flight";
import { connectWeb } from "@contrail/flight/web";
import { Flags } from "../support/flags.ts";

/** The ways: plain `fetch`, the transport on it, and gRPC. */
export type WebWay = "fetch" | "web" | "http2";

/** Figures of a way in one round. */
export interface WebReading {
  /** MiB of data in a second. */
  readonly mibPerSecond: number;
  /** Processor time of this process for a GiB, in seconds. */
  readonly clientSeconds: number;
  /** The same of the server. */
  readonly serverSeconds: number;
}

/** The figures of a round. */
export type WebRound = Readonly<Record<WebWay, WebReading>>;

if (import.meta.main) {
  const flags = new Flags(process.argv.slice(2), ["port", "rounds"]);
  const url = `http://127.0.0.1:${flags.count("port", 0)}`;
  const get = async (path: string) => await (await fetch(url + path)).text();
  const web = connectWeb(url);
  const http2 = connect(await get("/grpc"));
  const ways: Readonly<Record<WebWay, () => Promise<number>>> = {
    fetch: () => readPlain(`${url}/plain`),
    web: () => readFlight(web),
    http2: () => readFlight(http2),
  };
  const serverSeconds = async () => Number(await get("/cpu"));
  const readingOf = async (run: () => Promise<number>): Promise<WebReading> => {
    const server = await serverSeconds();
    const client = process.cpuUsage();
    const start = performance.now();
    const bytes = await run();
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(client);
    const gib = bytes / 2 ** 30;
    return {
      mibPerSecond: bytes / 2 ** 20 / seconds,
      clientSeconds: (user + system) / 1e6 / gib,
      serverSeconds: (await serverSeconds() - server) / gib,
    };
  };
  const rounds: WebRound[] = [];
  // The first round warms up.
  for (let round = 0; round <= flags.count("rounds", 5); round++) {
    const readings: Partial<Record<WebWay, WebReading>> = {};
    for (const [way, run] of Object.entries(ways)) {
      readings[way as WebWay] = await readingOf(run);
    }
    if (round > 0) rounds.push(readings as WebRound);
  }
  console.log(JSON.stringify(rounds));
  process.exit();
}

async function readPlain(url: string): Promise<number> {
  const reader = (await fetch(url)).body!.getReader();
  let bytes = 0;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.byteLength;
  }
}

async function readFlight(client: FlightClient): Promise<number> {
  let bytes = 0;
  for await (const batch of client.doGet("all")) bytes += batch.data.byteLength;
  return bytes;
}
