/**
 * Reads the flight of `web_server.ts` in three ways in turn, and prints the figures of each round as JSON:
 *
 *     web_client.ts --port=N --rounds=N
 *
 * @module
 */
import process from "node:process";
import { connect } from "@contrail/flight";
import { connectWeb } from "@contrail/flight/web";
import { Flags } from "../support/flags.ts";
import {
  readFlight,
  readPlain,
  type WebReading,
  type WebRound,
  type WebWay,
} from "./web_ways.ts";

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
