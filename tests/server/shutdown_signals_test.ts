/** Servers whose process is asked to end: a real one, and a real signal. */

import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  type FlightClient,
  FlightError,
  pathDescriptor,
  type ServeOptions,
} from "@contrail/flight";
import type { RecordBatch } from "apache-arrow";
import {
  type Program,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";
import type { NamedTransport } from "../support/transport_named.ts";

/** Every test starts a process. */
const OPTIONS = { timeout: 60_000 };

interface Served extends AsyncDisposable {
  readonly program: Program;
  readonly client: FlightClient;
  /** One more client, with a connection of its own. */
  open(): FlightClient;
}

/** Starts a server in a process of its own, with as few permissions as it needs. */
async function serveApart(
  options: NamedTransport<ServeOptions>,
): Promise<Served> {
  const program = startProgram(
    "tests/server/served.ts",
    [JSON.stringify(options)],
    options.transport === "grpc-js"
      ? ["--allow-net", "--allow-env"]
      : ["--allow-net"],
  );
  await new Promise<void>((resolve, reject) => {
    program.child.stdout!.once("data", () => resolve());
    program.ended.then(() => reject(new Error(program.stderr)), reject);
  });
  const open = () => connect(program.stdout.split("\n")[0]!);
  const client = open();
  return {
    program,
    client,
    open,
    async [Symbol.asyncDispose]() {
      await client.close();
      program.child.kill("SIGKILL");
      await program.ended;
    },
  };
}

/** The code with which a call fails. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (FlightError.is(error)) return error.code;
    throw error;
  }
  return "OK";
}

/** Waits until a server refuses calls: the signal has arrived. */
async function untilRefused(client: FlightClient): Promise<void> {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const code = await codeOf(Array.fromAsync(client.listActions()));
    if (code !== "OK") return assertEquals(code, "UNAVAILABLE");
  }
  throw new Error("the server still takes calls");
}

/** Begins a call that ends only when it is canceled. */
async function endless(
  client: FlightClient,
): Promise<{ outcome: Promise<string> }> {
  const begun = Promise.withResolvers<void>();
  const outcome = codeOf(Array.fromAsync(
    client.doAction("wait", { onHeaders: () => begun.resolve() }),
  ));
  await Promise.race([begun.promise, outcome]);
  return { outcome };
}

for (
  const [signal, transport] of [
    ["SIGTERM", "http2"],
    ["SIGINT", "http2"],
    ["SIGTERM", "grpc-js"],
  ] as const
) {
  test(
    `${signal}: calls under way end well, others are refused (${transport})`,
    OPTIONS,
    async () => {
      await using t = await serveApart({ shutdownOnSignals: true, transport });
      const download = t.client.doGet("slow").getReader();
      await download.read();
      const exchange = t.client.doExchange(pathDescriptor("echo"));
      const writer = exchange.writable.getWriter();
      const batch = (await download.read()).value as RecordBatch;
      await writer.write(batch);
      const echo = exchange.readable.getReader();
      assertEquals((await echo.read()).value?.numRows, 65_536);

      sendSignal(t.program, signal);
      await untilRefused(t.client);
      await using other = t.open();
      await untilRefused(other);
      assertEquals(t.program.child.exitCode, null);

      await writer.write(batch);
      assertEquals((await echo.read()).value?.numRows, 65_536);
      await writer.close();
      assertEquals((await echo.read()).done, true);
      let batches = 2;
      while (!(await download.read()).done) batches++;
      assertEquals(batches, 128);
      assertEquals(await t.program.ended, 0);
      assertEquals(t.program.stderr, "");
    },
  );
}

test(
  "shutdownOnSignals: calls that do not end are cancelled after shutdownTimeoutMs",
  OPTIONS,
  async () => {
    await using t = await serveApart({
      shutdownOnSignals: true,
      shutdownTimeoutMs: 100,
    });
    const { outcome } = await endless(t.client);
    sendSignal(t.program, "SIGTERM");
    assertEquals(await outcome, "UNAVAILABLE");
    assertEquals(await t.program.ended, 0);
    assertMatch(t.program.stdout, /\nUNAVAILABLE\n$/);
  },
);

test(
  "shutdownOnSignals: a second signal cancels them at once",
  OPTIONS,
  async () => {
    await using t = await serveApart({
      shutdownOnSignals: true,
      shutdownTimeoutMs: 10 * 60_000,
    });
    const { outcome } = await endless(t.client);
    sendSignal(t.program, "SIGTERM");
    await untilRefused(t.client);
    assertEquals(t.program.child.exitCode, null);
    sendSignal(t.program, "SIGINT");
    assertEquals(await outcome, "UNAVAILABLE");
    assertEquals(await t.program.ended, 0);
    assertMatch(t.program.stdout, /\nUNAVAILABLE\n$/);
  },
);

test(
  "shutdownOnSignals: by itself a server leaves signals alone",
  OPTIONS,
  async () => {
    await using t = await serveApart({});
    const { outcome } = await endless(t.client);
    sendSignal(t.program, "SIGTERM");
    assertEquals(await outcome, "UNAVAILABLE");
    await t.program.ended;
    assertEquals(t.program.child.signalCode, "SIGTERM");
  },
);
