/**
 * A program whose server gets 850,000 empty messages of a call that reads only one before them. It prints
 * their number, and the number of bytes by which its memory has grown. It imports no package: Deno may need a configuration for that.
 */

import process from "node:process";

import { readUint32 } from "../../../../internal/http2/frame/frame.ts";
import { answer, echo } from "../../../support/transport/call_parts.ts";
import { HTTP2 } from "../../../support/transport/http2_transport.ts";
import { never } from "../../../support/transport/test_source.ts";
import { encodeFrame, FRAME } from "../../../support/http2/raw_frames.ts";
import { rawClient } from "../../../support/http2/raw_peer.ts";

/** Bytes of a message that is read: its window grows by four times as many. */
const READ_BYTES = 60_000;

const wasRead = Promise.withResolvers<void>();
const pair = await HTTP2.pair((request) => {
  if (request.path !== "/x") return echo(request);
  request.messages.read().then(() => wasRead.resolve(), wasRead.reject);
  return answer(never());
});
const peer = await rawClient(pair.server.port);
await peer.send(peer.headers(1));
const message = new Uint8Array(5 + READ_BYTES);
new DataView(message.buffer).setUint32(1, READ_BYTES);
for (let at = 0; at < message.length; at += 16_000) {
  const part = message.subarray(at, at + 16_000);
  await peer.send(encodeFrame(FRAME.DATA, 0, 1, part));
}
await wasRead.promise;
// All credit has come before the answer.
await peer.ping();
let credit = 65_535 - message.length;
for (const { type, streamId, payload } of peer.frames) {
  if (type !== "WINDOW_UPDATE" || streamId !== 1) continue;
  credit += readUint32(payload, 0);
}
const before = process.memoryUsage().rss;
let messages = 0;
for (; credit >= 16_380; credit -= 16_380, messages += 16_380 / 5) {
  await peer.send(encodeFrame(FRAME.DATA, 0, 1, new Uint8Array(16_380)));
}
await peer.ping();
console.log(messages, process.memoryUsage().rss - before);
if (peer.frames.some(({ type }) => type === "RST_STREAM")) {
  console.error("The stream was reset, with all that waited");
}
process.exit(0);
