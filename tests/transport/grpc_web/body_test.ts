import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { MessageReader } from "../../../internal/grpc/message_reader.ts";
import { AnswerBody } from "../../../internal/grpc/web/answer_body.ts";
import { BodyReader } from "../../../internal/transport/grpc_web/body_reader.ts";
import { seededRandom } from "../../support/seeded_random.ts";

function frame(flag: number, bytes: Uint8Array): Uint8Array {
  const prefix = new DataView(new ArrayBuffer(5));
  prefix.setUint8(0, flag);
  prefix.setUint32(1, bytes.length);
  return concatBytes([new Uint8Array(prefix.buffer), bytes]);
}

/** A stream of bytes that gives chunks of any size, into memory of the reader if it has some. */
function byteStream(
  bytes: Uint8Array,
  size: () => number,
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest;
      const room = (request?.view as Uint8Array | undefined)?.length ?? 65_536;
      const chunk = bytes.slice(at, at + Math.min(room, 1 + size()));
      at += chunk.length;
      if (chunk.length === 0) {
        controller.close();
        request?.respond(0);
      } else if (request) {
        (request.view as Uint8Array).set(chunk);
        request.respond(chunk.length);
      } else controller.enqueue(chunk);
    },
  } as UnderlyingByteSource) as ReadableStream<Uint8Array>;
}

test("AnswerBody: messages are the same in chunks, in place, and in both", async () => {
  let placed = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const messages = Array.from({ length: 8 }, () => {
      const length = Math.floor(random() * (random() < 0.5 ? 100 : 400_000));
      return Uint8Array.from({ length }, (_, i) => i * 7 + seed);
    });
    const wire = concatBytes([
      ...messages.map((message) => frame(0, message)),
      frame(0x80, new TextEncoder().encode("grpc-status:0\r\n")),
    ]);
    const most = random() < 0.5 ? 60_000 : 300_000;
    const body = new BodyReader(
      byteStream(wire, () => Math.floor(random() * most)),
    );
    const reader = new MessageReader(1 << 20, () => {});
    const answer = new AnswerBody(reader, 1000);
    const received: Uint8Array[] = [];
    while (true) {
      const place = body.takesMemory && random() < 0.8
        ? answer.place(1 + Math.floor(random() * 20_000))
        : undefined;
      const chunk = await body.read(place);
      if (chunk === undefined) break;
      if (place === undefined) answer.push(chunk);
      else answer.placed(chunk);
      placed += Number(place !== undefined);
      for (let message; (message = reader.take());) {
        received.push(message.bytes);
      }
    }
    answer.end();
    assertEquals(answer.problem, undefined);
    assertEquals(answer.trailers, [["grpc-status", "0"]]);
    assertEquals(received, messages);
  }
  assertEquals(placed > 0, "Deno" in globalThis);
});

test("BodyReader: a stream of chunks is read as it is, and can be canceled", async () => {
  let reason: unknown;
  const chunk = Uint8Array.of(1, 2);
  const body = new BodyReader(
    new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
      cancel: (given) => void (reason = given),
    }),
  );
  assert(!body.takesMemory);
  assertEquals(await body.read(), chunk);
  await body.cancel("enough");
  assertEquals(reason, "enough");
});
