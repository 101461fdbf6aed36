/** A server that is out of descriptors, and then not any more. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  connect,
  type FlightClient,
  type ServeOptions,
} from "@contrail/flight";
import {
  type Program,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";
import { type NamedTransport, TRANSPORTS } from "../support/transport_named.ts";

/** Number of open files and sockets that the server may have: Deno needs some 25 itself. */
const DESCRIPTORS = 128;
/** Deno learns that a client is gone in the middle of TLS only when this has passed. */
const HANDSHAKE_TIMEOUT_MS = 3000;
/** More connections than that. */
const CONNECTIONS = 300;

const options = { timeout: 120_000, skip: process.platform === "win32" };

/** Runs `use` with a server in a process of its own. */
async function withServer(
  options: NamedTransport<ServeOptions>,
  permissions: readonly string[],
  use: (uri: string, program: Program) => Promise<void>,
): Promise<void> {
  const program = startProgram(
    "tests/resilience/descriptors_server.ts",
    [JSON.stringify(options)],
    permissions,
    `ulimit -n ${DESCRIPTORS}`,
  );
  try {
    while (!program.stdout.includes("\n")) {
      await Promise.race([
        new Promise((resolve) => program.child.stdout!.once("data", resolve)),
        program.ended.then(() => Promise.reject(new Error(program.stderr))),
      ]);
    }
    await use(program.stdout.trim(), program);
  } finally {
    if (program.child.exitCode === null) sendSignal(program, "SIGKILL");
    await program.ended;
  }
}

/** A client with a connection of its own. */
function clientOf(uri: string): FlightClient {
  const tls = { rootCertificates: { file: "tests/certs/ca_cert.pem" } };
  return connect(uri, {
    connectTimeoutMs: 5000,
    ...(uri.startsWith("grpc+tls") ? { tls } : {}),
  });
}

async function list(client: FlightClient): Promise<string> {
  const [action] = await Array.fromAsync(
    client.listActions({ timeoutMs: 10_000 }),
  );
  return action!.type;
}

/** Connects more often than the server has descriptors; gives the sockets. */
async function exhaust(uri: string): Promise<Socket[]> {
  const [, kind, place] = /^grpc\+(\w+):\/\/(.*)$/.exec(uri)!;
  const address = kind === "unix"
    ? { path: place! }
    : { host: "127.0.0.1", port: Number(place!.split(":")[1]) };
  const sockets = Array.from(
    { length: CONNECTIONS },
    () => connectSocket(address).on("error", () => {}).resume(),
  );
  // Each is in the server's queue, or has been refused.
  await Promise.all(sockets.map((socket) =>
    new Promise((resolve) => {
      socket.once("connect", resolve).once("close", resolve);
    })
  ));
  return sockets;
}

/** Calls on new connections until one succeeds: the test's time is the limit. */
async function untilReached(uri: string): Promise<string> {
  for (;;) {
    await using client = clientOf(uri);
    try {
      return await list(client);
    } catch {
      // Not yet: what waits in the queue of the server may be before us.
    }
  }
}

function survives(
  name: string,
  serverOptions: (folder: string) => NamedTransport<ServeOptions>,
  permissions = ["--allow-all"],
): void {
  test(`out of descriptors: ${name}`, options, async () => {
    const folder = mkdtempSync(join(tmpdir(), "flight_descriptors_"));
    try {
      await withServer(
        serverOptions(folder),
        permissions,
        async (uri, program) => {
          await using early = clientOf(uri);
          assertEquals(await list(early), "here");
          for (let round = 0; round < 2; round++) {
            const sockets = await exhaust(uri);
            assertEquals(await list(early), "here");
            for (const socket of sockets) socket.destroy();
            assertEquals(await untilReached(uri), "here");
            assertEquals(await list(early), "here");
          }
          assertEquals(program.child.exitCode, null);
        },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

for (const [transport] of TRANSPORTS) {
  survives(`${transport}, TCP`, () => ({ transport }));
  survives(`${transport}, TLS`, () => ({
    transport,
    tls: {
      certificateChain: { file: "tests/certs/server_cert.pem" },
      privateKey: { file: "tests/certs/server_key.pem" },
    },
    // grpc-js does not have the option, and does not need it.
    ...(transport === "http2"
      ? { handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS }
      : {}),
  }));
  survives(
    `${transport}, TCP, the limit is not known`,
    () => ({ transport }),
    ["--allow-net", "--allow-env"],
  );
  survives(`${transport}, Unix socket`, (folder) => ({
    transport,
    path: join(folder, "flight.sock"),
  }));
  survives(
    `${transport}, Unix socket, the limit is not known`,
    (folder) => ({ transport, path: join(folder, "flight.sock") }),
    ["--allow-net", "--allow-env", "--allow-read", "--allow-write"],
  );
}

for (const [transport] of TRANSPORTS) {
  test(`out of descriptors: who waits in the queue is served (${transport})`, {
    ...options,
    // Others know the limit, and close what is too much at once.
    skip: !("Deno" in globalThis),
  }, async () => {
    await withServer(
      { transport },
      ["--allow-net", "--allow-env"],
      async (uri) => {
        const sockets = await exhaust(uri);
        await using client = connect(uri, { connectTimeoutMs: 100_000 });
        // It is in the queue behind them, for as long as they are there.
        const waiting = Array.fromAsync(client.listActions());
        for (const socket of sockets) socket.destroy();
        assertEquals((await waiting).length, 1);
      },
    );
  });
}

for (const [transport] of TRANSPORTS) {
  test(
    `out of descriptors: some are held back, with a warning (${transport})`,
    {
      ...options,
      skip: process.platform !== "linux",
    },
    async () => {
      await withServer(
        { transport, maxConnections: 1000 },
        ["--allow-all"],
        async (uri, program) => {
          const sockets = await exhaust(uri);
          // Not those that wait for the end of their time: they are closed at once.
          const closed = await new Promise<number>((resolve) => {
            let count = 0;
            for (const socket of sockets) {
              const close = (): void => {
                count++;
                if (count === CONNECTIONS - DESCRIPTORS) resolve(count);
              };
              if (socket.closed) close();
              else socket.once("close", close);
            }
          });
          assert(closed >= CONNECTIONS - DESCRIPTORS);
          for (const socket of sockets) socket.destroy();
          assertMatch(
            program.stderr,
            /FlightWarning: maxConnections is 1000, but this process may have only \d+ more open files and sockets \(ulimit -n\): connections beyond \d+ are closed as soon as they are accepted/,
          );
        },
      );
    },
  );
}
