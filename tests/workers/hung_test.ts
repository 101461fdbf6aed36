/** Workers that run nothing any more, and those that only seem so. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { connect, type FlightClient } from "@contrail/flight";

import { until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import {
  isAlive,
  OPTIONS,
  pidOf,
  pidsOf,
  startWorkers,
  withFile,
} from "./worker_programs.ts";

/** Opens connections, and reports whether all of them are at a process and get an answer soon. */
async function areAllAt(
  pid: number,
  location: string,
  clients: FlightClient[],
): Promise<boolean> {
  const opened = Array.from({ length: 6 }, () => connect(location));
  clients.push(...opened);
  const answers = await Promise.all(
    opened.map((client) =>
      pidOf(client, "pid", "", 600).catch(() => undefined)
    ),
  );
  return answers.every((answer) => answer === pid);
}

test(
  "workers: one that is stopped or loops forever gets no connections, and is replaced",
  OPTIONS,
  async () => {
    await using served = await startWorkers({
      workers: 3,
      workerTimeoutMs: 2000,
    });
    const clients = [1, 2, 3].map(() => connect(served.location));
    const pids = await Promise.all(clients.map((client) => pidOf(client)));
    const [stopped, looping, good] = pids as [number, number, number];
    assertEquals(new Set(pids).size, 3);
    await withFile("busy", async (path) => {
      writeFileSync(path, "");
      process.kill(stopped, "SIGSTOP");
      const calls = [
        pidOf(clients[0]!),
        pidOf(clients[1]!, "block", path),
      ].map((call) => assertFlightError(call, "UNAVAILABLE"));
      await until(() => areAllAt(good, served.location, clients));
      assert(isAlive(stopped) && isAlive(looping));
      await Promise.all(calls);
    });
    for (const pid of [stopped, looping]) {
      const line =
        `^flight: worker \\d \\(process ${pid}\\) has not answered for 2000 ms ` +
        "\\(option workerTimeoutMs\\) and was killed; it is started again$";
      await until(() => new RegExp(line, "m").test(served.program.stderr));
    }
    await until(async () => {
      await using client = connect(served.location, { connections: 3 });
      return (await pidsOf(client)).length > 1;
    });
    assert(isAlive(good), served.program.stderr);
    await Promise.all(clients.map((client) => client.close()));
  },
);

test(
  "workers: a pause of all processes, as of a machine that sleeps, ends none",
  OPTIONS,
  async () => {
    await using served = await startWorkers({ workerTimeoutMs: 1500 });
    await using client = connect(served.location, { connections: 2 });
    const pids = await pidsOf(client);
    const first = Number(
      /^first process (\d+)$/m.exec(served.program.stdout)![1],
    );
    const all = [first, ...pids];
    for (const pid of all) process.kill(pid, "SIGSTOP");
    // Longer than the limit.
    await new Promise((resolve) => setTimeout(resolve, 1800));
    for (const pid of all) process.kill(pid, "SIGCONT");
    assertEquals(await pidsOf(client), pids);
    assertMatch(served.program.stderr, /^$/);
  },
);
