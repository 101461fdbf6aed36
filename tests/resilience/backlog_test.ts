/** A crowd that connects while the server is busy. */
import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { sendSignal, startProgram } from "../support/run_program.ts";

/** More than the runtimes let wait by default. */
const CLIENTS = 700;

/** Returns the reason why the system or the runtime lets fewer wait. */
function obstacle(): string | false {
  if ("Bun" in globalThis) return "Bun lets 512 wait in any case";
  if (process.platform !== "linux") return "other systems have other limits";
  const most = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
  return most < CLIENTS && `this system lets only ${most} wait`;
}

test("serve(): clients connect while it is too busy to accept", {
  timeout: 30_000,
  skip: obstacle(),
}, async () => {
  const program = startProgram("tests/resilience/descriptors_server.ts", [
    "{}",
  ]);
  await new Promise((resolve) => program.child.stdout!.once("data", resolve));
  const port = Number(/:(\d+)$/.exec(program.stdout.trim())![1]);
  sendSignal(program, "SIGSTOP");
  const sockets = Array.from(
    { length: CLIENTS },
    () => connect({ host: "127.0.0.1", port }),
  );
  try {
    // A client that finds no room hears nothing from the system, and tries again.
    const connected = await Promise.all(
      sockets.map((socket) =>
        new Promise((resolve) =>
          socket.once("connect", () => resolve(true))
            .once("error", () => resolve(false))
        )
      ),
    );
    assertEquals(connected.filter((is) => is).length, CLIENTS);
  } finally {
    for (const socket of sockets) socket.destroy();
    sendSignal(program, "SIGKILL");
    await program.ended;
  }
});
