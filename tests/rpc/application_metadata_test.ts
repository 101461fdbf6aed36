/** Application metadata may be given as text on every level, and arrives as its UTF-8. */

import { assertEquals, assertRejects } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { numbers } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const decoder = new TextDecoder();

/** The metadata of messages as text. */
async function textsOf(
  messages: AsyncIterable<{ readonly appMetadata?: Uint8Array | undefined }>,
): Promise<string[]> {
  const texts: string[] = [];
  for await (const { appMetadata } of messages) {
    texts.push(decoder.decode(appMetadata));
  }
  return texts;
}

rpcTest(
  "application metadata may be text, on every level",
  async (connectTo) => {
    const received: string[] = [];
    await using peer = await connectTo({
      getFlightInfo: () => ({
        appMetadata: "info é",
        endpoints: [{ ticket: "t", appMetadata: "endpoint é" }],
      }),
      *doGet() {
        yield { batch: numbers(1), appMetadata: "with a batch" };
        yield { appMetadata: "alone" };
        yield { appMetadata: "" };
      },
      async *doPut(upload) {
        received.push(...await textsOf(upload.messages()));
        yield { appMetadata: "stored" };
      },
      async *doExchange(input) {
        for (const appMetadata of await textsOf(input.messages())) {
          yield { appMetadata };
        }
      },
    });
    const { client } = peer;

    const info = await client.getFlightInfo("t");
    assertEquals(decoder.decode(info.appMetadata), "info é");
    assertEquals(decoder.decode(info.endpoints[0]?.appMetadata), "endpoint é");

    const messages = client.doGet("t").messages();
    assertEquals((await textsOf(messages)).slice(0, 2), [
      "with a batch",
      "alone",
    ]);

    const upload = client.doPut("t");
    const [result] = await upload.writeAll([
      { batch: numbers(1), appMetadata: "of an upload" },
    ]);
    assertEquals(received, ["of an upload"]);
    assertEquals(result?.text(), "stored");

    const writer = client.doPut("t").writer();
    await writer.write({ batch: numbers(1), appMetadata: "by a writer" });
    await writer.close();
    assertEquals(received[1], "by a writer");

    const answers = client.doExchange("t", [{ appMetadata: "there and back" }]);
    assertEquals(await textsOf(answers.messages()), ["there and back"]);
  },
);

rpcTest(
  "application metadata is refused that has no UTF-8",
  async (connectTo) => {
    await using peer = await connectTo({
      *doGet() {
        yield { batch: numbers(1), appMetadata: "\ud800" };
      },
      async doPut(upload) {
        for await (const _ of upload);
      },
    });
    await assertRejects(
      () => peer.client.doGet("t").table(),
      FlightError,
      "[internal] DoGet",
    );
    await assertRejects(
      () => peer.client.doPut("t", [{ appMetadata: "\ud800" }]),
      TypeError,
      "appMetadata",
    );
  },
);
