/** Several processes behind one address: how calls reach them, and how they end. */

import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { connect, serve } from "@contrail/flight";
import { isWorker, serveWorkers } from "@contrail/flight/workers";

import { pem } from "../support/certs.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  REQUEST,
} from "../support/http2/raw_frames.ts";
import { rawClient } from "../support/http2/raw_peer.ts";
import { until } from "../support/events.ts";
import { filled } from "../support/numbers.ts";
import {
  runProgram,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";
import {
  isAlive,
  OPTIONS,
  pidOf,
  pidsOf,
  startWorkers,
  withFile,
} from "./worker_programs.ts";

const TLS = {
  certificateChain: { file: "tests/certs/server_cert.pem" },
  privateKey: { file: "tests/certs/server_key.pem" },
};

test(
  "workers: connections are given to all processes in turn",
  OPTIONS,
  async () => {
    await using served = await startWorkers({ workers: 3 });
    const seen = new Map<number, number>();
    const clients = Array.from({ length: 6 }, () => connect(served.location));
    for (const client of clients) {
      const pid = await pidOf(client);
      seen.set(pid, (seen.get(pid) ?? 0) + 1);
      // A connection stays in its process.
      assertEquals(await pidOf(client), pid);
    }
    assertEquals([...seen.values()], [2, 2, 2]);
    for (const client of clients) await client.close();
  },
);

test(
  "workers: a connection goes to the process with the fewest",
  OPTIONS,
  async () => {
    await using served = await startWorkers();
    const [first, second, third] = [1, 2, 3].map(() =>
      connect(served.location)
    );
    const pid = await pidOf(first!);
    assertNotEquals(await pidOf(second!), pid);
    assertEquals(await pidOf(third!), pid);
    await first!.close();
    await third!.close();
    // The closed connections count until the first process has heard of it.
    await until(async () => {
      const probe = connect(served.location);
      const found = await pidOf(probe);
      await probe.close();
      return found === pid;
    });
    await second!.close();
  },
);

test(
  "workers: one that is busy does not hold up the others",
  OPTIONS,
  async () => {
    await using served = await startWorkers();
    await using busy = connect(served.location);
    await using other = connect(served.location);
    const pid = await pidOf(busy);
    await withFile("busy", async (path) => {
      writeFileSync(path, "");
      const blocked = pidOf(busy, "block", path);
      for (let i = 0; i < 5; i++) assertNotEquals(await pidOf(other), pid);
      rmSync(path);
      assertEquals(await blocked, pid);
    });
  },
);

test("workers: data goes both ways with TLS", OPTIONS, async () => {
  await using served = await startWorkers({ tls: TLS });
  assertMatch(served.location, /^grpc\+tls:/);
  await using client = connect(served.location, {
    connections: 2,
    tls: { rootCertificates: pem("ca_cert") },
  });
  assertEquals((await pidsOf(client)).length, 2);
  for (let i = 0; i < 4; i++) {
    const table = await client.doGet("20").table();
    assertEquals(table.numRows, 20_000);
    await client.doPut("upload", [filled(500_000, 1), filled(500_000, 2)]);
  }
});

test(
  "workers: a client that has closed its half still gets its answer",
  OPTIONS,
  async () => {
    await using served = await startWorkers({ workers: 1 });
    await using peer = await rawClient(Number(new URL(served.location).port));
    const ticket = encodeFrame(
      FRAME.DATA,
      FLAG.END_STREAM,
      1,
      Uint8Array.of(0, 0, 0, 0, 3, 10, 1, ...new TextEncoder().encode("9")),
    );
    const path = "/arrow.flight.protocol.FlightService/DoGet";
    const request = REQUEST.map(([name, value]) =>
      [name, name === ":path" ? path : value] as const
    );
    await peer.send(peer.headers(1, request), ticket);
    peer.socket.end();
    const { headers } = await peer.next(
      "HEADERS",
      ({ flags }) => (flags & FLAG.END_STREAM) !== 0,
    );
    assertEquals(headers!["grpc-status"], "0");
    assertGreater(peer.frames.filter(({ type }) => type === "DATA").length, 9);
  },
);

test(
  "workers: they serve a Unix socket, whose file goes with them",
  OPTIONS,
  async () => {
    await withFile("flight.sock", async (path) => {
      {
        await using served = await startWorkers({ path });
        await using client = connect(served.location, { connections: 2 });
        assertEquals((await pidsOf(client)).length, 2);
        assertEquals((await client.doGet("5").table()).numRows, 5000);
      }
      assert(!existsSync(path));
    });
  },
);

test(
  "workers: a signal lets calls finish, then all processes end",
  OPTIONS,
  async () => {
    const served = await startWorkers();
    await using client = connect(served.location, { connections: 2 });
    const pids = await pidsOf(client);
    const stream = client.doGet("100");
    await stream.schema;
    served.signal("SIGTERM");
    assertEquals((await stream.table()).numRows, 100_000);
    assertEquals(await served.program.ended, 0);
    assertStringIncludes(served.program.stdout, "\nclosed\n");
    assertEquals(served.program.stderr, "");
    for (const pid of pids) assert(!isAlive(pid), `${pid}`);
  },
);

test(
  "workers: a second signal cancels what is under way",
  OPTIONS,
  async () => {
    const served = await startWorkers();
    await using client = connect(served.location);
    const stream = client.doGet("1000000");
    await stream.schema;
    served.signal("SIGINT");
    await until(async () => {
      await using probe = connect(served.location);
      return await pidOf(probe).then(() => false, () => true);
    });
    served.signal("SIGINT");
    await assertRejects(() => stream.table(), Error);
    assertEquals(await served.program.ended, 0);
  },
);

test(
  "workers: they end when the first process is killed",
  OPTIONS,
  async () => {
    const served = await startWorkers();
    await using client = connect(served.location, { connections: 2 });
    const pids = await pidsOf(client);
    assertEquals(pids.length, 2);
    const stream = client.doGet("50");
    await stream.schema;
    served.signal("SIGKILL");
    // Calls that run may finish.
    assertEquals((await stream.table()).numRows, 50_000);
    await until(() => !pids.some(isAlive));
  },
);

test(
  "workers: the lines that they write have their number",
  OPTIONS,
  async () => {
    await using served = await startWorkers();
    const lines = served.program.stdout.split("\n");
    assertMatch(lines[0]!, /^first process \d+$/);
    assertEquals(lines.slice(1, 3).sort(), [
      "worker 1: serves as 1",
      "worker 2: serves as 2",
    ]);
    assertMatch(lines[3]!, /^Listening on /);
  },
);

test(
  "workers: without prefixLogs they write as they are",
  OPTIONS,
  async () => {
    await using served = await startWorkers({ workers: 1, prefixLogs: false });
    assertMatch(served.program.stdout, /^serves as 1$/m);
  },
);

test(
  "workers: a program whose worker cannot start ends, and says why",
  OPTIONS,
  async () => {
    const { code, stderr, stdout } = await runProgram(
      "tests/workers/served.ts",
      [
        JSON.stringify({ crash: "at start" }),
      ],
    );
    assertEquals(code, 1);
    assertMatch(stderr, /^worker 2: .*no service today/m);
    assertStringIncludes(
      stderr,
      "cannot start the workers: worker 2 ended with code 1 before it was ready",
    );
    assert(!stdout.includes("Listening"), stdout);
  },
);

test(
  "workers: a program that is told to end before it is ready says so",
  OPTIONS,
  async () => {
    const program = startProgram(
      "tests/workers/served.ts",
      [JSON.stringify({ crash: "never ready" })],
      ["--allow-all"],
    );
    await until(() => program.stdout.includes("serves as 1"));
    sendSignal(program, "SIGTERM");
    assertEquals(await program.ended, 1);
    assertStringIncludes(
      program.stderr,
      "the workers were shut down before they were ready",
    );
  },
);

test("workers: a port that is taken is an error", OPTIONS, async () => {
  await using other = await serve({});
  for (const [scheme, tls] of [["grpc+tcp", undefined], ["grpc+tls", TLS]]) {
    const { code, stderr } = await runProgram("tests/workers/served.ts", [
      JSON.stringify({ port: other.port, tls }),
    ]);
    assertEquals(code, 1);
    const location = `${scheme}://127.0.0.1:${other.port}`;
    assertStringIncludes(stderr, `cannot listen on ${location}`);
  }
});

test(
  "workers: a command that does not exist is an error",
  OPTIONS,
  async () => {
    await assertRejects(
      () => serveWorkers(() => ({}), { command: ["/no/such/program"] }),
      Error,
      "cannot start the workers: worker 1 could not start",
    );
  },
);

test("workers: a command that ends at once is an error", OPTIONS, async () => {
  await assertRejects(
    () => serveWorkers(() => ({}), { workers: 2, command: ["true"] }),
    Error,
    "ended with code 0 before it was ready",
  );
});

/** Other runtimes have no permissions. */
const denoOnly = { ...OPTIONS, skip: !("Deno" in globalThis) };

test(
  "workers: the permissions in docs/runtimes.md are enough",
  denoOnly,
  async () => {
    const run = ["run", "--no-check", "--no-prompt", "--allow-net"];
    const program = "tests/workers/served.ts";
    await using served = await startWorkers(
      { command: [process.execPath, ...run, "--allow-env", program] },
      ["--allow-net", "--allow-run", "--allow-env"],
    );
    await using client = connect(served.location, { connections: 2 });
    assertEquals((await pidsOf(client)).length, 2);
  },
);

test(
  "workers: without all permissions, Deno needs a command",
  denoOnly,
  async () => {
    const { code, stderr } = await runProgram(
      "tests/workers/served.ts",
      ["{}"],
      ["--allow-net", "--allow-run", "--allow-env"],
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, "give the option command");
  },
);

test("workers: this process is none", () => {
  assertEquals(isWorker(), false);
});

test("workers: options are checked before anything starts", async () => {
  const command = [process.execPath];
  const wrong = [
    [{ workers: 0 }, "option workers"],
    [{ workers: 1.5 }, "option workers"],
    [{ workers: 1025 }, "option workers"],
    [{ workers: "2" }, "option workers"],
    [{ prefixLogs: "no" }, "option prefixLogs"],
    [{ workerTimeoutMs: 999 }, "option workerTimeoutMs"],
    [{ workerTimeoutMs: "1s" }, "option workerTimeoutMs"],
    [{ command: "deno" }, "option command"],
    [{ command: [] }, "option command"],
    [{ command: [1] }, "option command"],
    [{ onWorkerEnd: 1 }, "option onWorkerEnd"],
    [{ port: 70_000 }, "option port"],
    [{ hostname: 1 }, "option hostname"],
    [{ path: 1 }, "option path"],
    [{ signal: 1 }, "option signal"],
    [{ shutdownOnSignals: 1 }, "option shutdownOnSignals"],
    [{ shutdownTimeoutMs: -1 }, "option shutdownTimeoutMs"],
    [{ publicLocation: "http://a" }, "option publicLocation"],
    [{ transport: {} }, "option transport"],
  ] as const;
  for (const [options, text] of wrong) {
    const error = await assertRejects(
      () => serveWorkers(() => ({}), { command, ...options } as never),
      Error,
    );
    assertStringIncludes(error.message, text);
  }
  await assertRejects(
    () => serveWorkers({} as never, { command }),
    TypeError,
    "makeService",
  );
});
