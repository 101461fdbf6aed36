import { test } from "node:test";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { StandardConnection } from "../../../internal/transport/websocket/standard_socket.ts";
import { assertFlightError } from "../../support/rejections.ts";
import { FakeSocket } from "./fake_socket.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("StandardConnection: messages are read in order, before the end", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  assertEquals(socket.binaryType, "arraybuffer");
  const first = connection.read();
  socket.open();
  assertEquals(await connection.opened(), true);
  socket.receive(bytes(1));
  socket.receive(bytes(2));
  socket.end(1001, "away");
  assertEquals(await first, bytes(1));
  assertEquals(connection.end, undefined);
  assertEquals(await connection.read(), bytes(2));
  assertEquals(await connection.read(), undefined);
  assertEquals(connection.end, { code: 1001, reason: "away" });
});

test("StandardConnection: a text message is a fault, behind the messages before it", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  socket.open();
  socket.receive(bytes(1));
  socket.receive("text");
  socket.receive(bytes(2));
  assertEquals(await connection.read(), bytes(1));
  const error = await assertFlightError(
    connection.read(),
    "INTERNAL",
    /a text message came/,
  );
  assertEquals(error.origin, "remote");
  assertEquals(connection.write(bytes(3)), undefined);
  assertEquals(socket.sent.length, 1);
});

test("StandardConnection: a writer waits for the opening, and for room", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  const early = connection.write(bytes(1));
  assertEquals(socket.sent, []);
  socket.open();
  await early;
  assertEquals(socket.sent, [bytes(1)]);
  socket.bufferedAmount = 2 ** 20;
  const waiting = connection.write(bytes(2));
  assertEquals(socket.sent.length, 2);
  socket.bufferedAmount = 2 ** 20 - 1;
  await waiting;
  assertEquals(connection.write(bytes(3)), undefined);
  // A message that comes is a reason to look, too.
  socket.bufferedAmount = 2 ** 20;
  const other = connection.write(bytes(4));
  socket.bufferedAmount = 0;
  socket.receive(bytes(0));
  await other;
});

test("StandardConnection: a socket that is lost ends reads and waiting writes", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  socket.open();
  socket.bufferedAmount = 2 ** 20;
  const waiting = connection.write(bytes(1));
  const read = connection.read();
  socket.end(0);
  await waiting;
  assertEquals(await read, undefined);
  assertEquals(connection.end?.code, 1006);
  assertEquals(connection.write(bytes(2)), undefined);
  assertEquals(socket.sent.length, 1);
});

test("StandardConnection: a socket that never opens ends the wait for it", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  socket.end(1006);
  assertEquals(await connection.opened(), false);
  assertEquals(await connection.read(), undefined);
});

test("StandardConnection: a socket that fails without an end ends the wait for it", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  socket.readyState = 3;
  socket.dispatchEvent(new Event("error"));
  assertEquals(await connection.opened(), false);
  assertEquals(connection.end, { code: 1006, reason: "" });
});

test("StandardConnection: a socket that fails keeps the reason of its end", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  socket.readyState = 3;
  socket.dispatchEvent(new Event("error"));
  socket.end(4001, "full");
  assertEquals(await connection.opened(), false);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(connection.end, { code: 4001, reason: "full" });
});

test("StandardConnection: closing drops what was not read, once", async () => {
  const socket = new FakeSocket();
  const connection = new StandardConnection(socket);
  socket.open();
  socket.receive(bytes(1));
  connection.close(4000, "why");
  connection.close(1000, "");
  assertEquals(socket.closed, [[4000, "why"]]);
  assertStrictEquals(await connection.read(), undefined);
  assertEquals(connection.end, { code: 4000, reason: "why" });
});
