/** The file of a server's Unix socket: dead, in use, not a socket, or of another server. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  connect,
  FlightError,
  type FlightServer,
  serve,
} from "@contrail/flight";
import { leaveDeadSocket } from "../support/dead_socket.ts";
import {
  type Program,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";
import {
  type TransportName,
  transportNamed,
  TRANSPORTS,
} from "../support/transport_named.ts";

/** Tests on each transport, with a folder of its own and a path in it. */
function socketTest(
  name: string,
  run: (path: string, transport: TransportName) => Promise<void>,
): void {
  for (const [transport] of TRANSPORTS) {
    test(`Unix socket: ${name} (${transport})`, {
      timeout: 60_000,
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "flight_socket_"));
      try {
        await run(join(folder, "flight.sock"), transport);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}

function start(
  path: string,
  transport: TransportName,
  name = "?",
): Promise<FlightServer> {
  return serve({ listActions: () => [{ type: name, description: "" }] }, {
    path,
    transport: transportNamed(transport),
  });
}

/** Names the server that answers at a path. */
async function whoAnswers(path: string): Promise<string> {
  await using client = connect(`grpc+unix://${path}`);
  const [action] = await Array.fromAsync(
    client.listActions({ timeoutMs: 20_000 }),
  );
  return action!.type;
}

async function listenProblem(
  path: string,
  transport: TransportName,
): Promise<string> {
  const error = await assertRejects(() => start(path, transport), FlightError);
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  const prefix = `cannot listen on grpc+unix://${encodeURI(path)}: `;
  assert(error.details.startsWith(prefix), error.details);
  return error.details.slice(prefix.length);
}

/** Waits until a program has said something. */
async function firstLine(program: Program): Promise<string> {
  while (!program.stdout.includes("\n")) {
    await new Promise((resolve, reject) => {
      program.child.stdout!.once("data", resolve);
      program.ended.then(() => reject(new Error(program.stderr)));
    });
  }
  return program.stdout.trim();
}

socketTest("that of a killed server is taken over", async (path, transport) => {
  const program = startProgram("tests/resilience/unix_server.ts", [
    path,
    transport,
  ]);
  assertEquals(await firstLine(program), "ready");
  sendSignal(program, "SIGKILL");
  await program.ended;
  assert(existsSync(path));
  await using _server = await start(path, transport, "next");
  assertEquals(await whoAnswers(path), "next");
});

socketTest("a live one is left alone", async (path, transport) => {
  await using server = await start(path, transport, "first");
  assertEquals(
    await listenProblem(path, transport),
    "the address is in use: another server listens there",
  );
  assertEquals(await whoAnswers(path), "first");
  await server.shutdown();
  assertEquals(readdirSync(join(path, "..")), []);
});

socketTest("what is no socket is left alone", async (path, transport) => {
  writeFileSync(path, "precious");
  assertEquals(
    await listenProblem(path, transport),
    "the address is in use: a file that is not a socket is there, and is left alone",
  );
  assertEquals(readFileSync(path, "utf8"), "precious");
  unlinkSync(path);

  mkdirSync(path);
  assertEquals(
    await listenProblem(path, transport),
    "the address is in use: a folder is there, and is left alone",
  );
  rmSync(path, { recursive: true });

  await leaveDeadSocket(`${path}.dead`);
  symlinkSync(`${path}.dead`, path);
  assertEquals(
    await listenProblem(path, transport),
    "the address is in use: a symbolic link is there, and is left alone",
  );
  assert(lstatSync(path).isSymbolicLink());
  assert(existsSync(`${path}.dead`));
});

socketTest("of many starters one gets a dead one", async (path, transport) => {
  for (let round = 0; round < 10; round++) {
    await leaveDeadSocket(path);
    const names = Array.from({ length: 8 }, (_, i) => `${round}-${i}`);
    const started = await Promise.allSettled(
      names.map((name) => start(path, transport, name)),
    );
    const won = started.flatMap((result, i) =>
      result.status === "fulfilled" ? [{ server: result.value, i }] : []
    );
    assertEquals(won.length, 1);
    const { server, i } = won[0]!;
    assertEquals(await whoAnswers(path), names[i]);
    for (const result of started) {
      if (result.status === "rejected") {
        assertEquals(
          (result.reason as FlightError).details.split(": ").slice(1),
          ["the address is in use", "another server listens there"],
        );
      }
    }
    await server.shutdown();
    assertEquals(readdirSync(join(path, "..")), []);
  }
});

socketTest("of many processes one gets a dead one", async (path, transport) => {
  await leaveDeadSocket(path);
  const programs = Array.from(
    { length: 4 },
    () => startProgram("tests/resilience/unix_server.ts", [path, transport]),
  );
  try {
    const lines = await Promise.all(programs.map(firstLine));
    assertEquals(lines.filter((line) => line === "ready").length, 1);
    const winner = programs[lines.indexOf("ready")]!;
    assertEquals(await whoAnswers(path), String(winner.child.pid));
  } finally {
    for (const program of programs) {
      if (program.child.exitCode === null) sendSignal(program, "SIGKILL");
      await program.ended;
    }
  }
});

socketTest(
  "a shutdown removes no other server's",
  async (path, transport) => {
    await using first = await start(path, transport, "first");
    // As an administrator does who wants a second one, come what may.
    unlinkSync(path);
    await using second = await start(path, transport, "second");
    await first.shutdown();
    assertEquals(await whoAnswers(path), "second");
    assertEquals(readdirSync(join(path, "..")), ["flight.sock"]);
    await second.shutdown();
    assertEquals(readdirSync(join(path, "..")), []);

    const third = await start(path, transport, "third");
    unlinkSync(path);
    writeFileSync(path, "precious");
    await third.shutdown();
    assertEquals(readFileSync(path, "utf8"), "precious");
    unlinkSync(path);

    const fourth = await start(path, transport, "fourth");
    unlinkSync(path);
    await fourth.shutdown();
    assertEquals(readdirSync(join(path, "..")), []);
  },
);

socketTest("errors say what is wrong", async (path, transport) => {
  const folder = join(path, "..");
  assertEquals(
    await listenProblem(join(folder, "missing", "x.sock"), transport),
    `there is no folder ${folder}/missing (ENOENT)`,
  );
  writeFileSync(`${path}.txt`, "");
  assertEquals(
    await listenProblem(join(`${path}.txt`, "x.sock"), transport),
    `there is no folder ${path}.txt (ENOTDIR)`,
  );
  for (
    const [bad, problem] of [
      ["", "it is empty"],
      [`${path}\0x`, "it contains a zero byte"],
      [
        `/${"\u00e4".repeat(60)}`,
        `it has 121 bytes, and the path of a Unix socket at most ${
          process.platform === "linux" ? 107 : 103
        }`,
      ],
    ] as const
  ) {
    const error = await assertRejects(() => start(bad, transport), TypeError);
    assertEquals(error.message, `Cannot use option path: ${problem}`);
  }
});

for (const [transport] of TRANSPORTS) {
  test(`Unix socket: an abstract one has no file (${transport})`, {
    skip: process.platform !== "linux",
  }, async () => {
    const path = `\0flight-${crypto.randomUUID()}`;
    await using server = await start(path, transport, "abstract");
    await using client = connect(server.location);
    const [action] = await Array.fromAsync(client.listActions());
    assertEquals(action!.type, "abstract");
    assertEquals(
      await listenProblem(path, transport),
      "the address is in use: another server listens there",
    );
  });
}
