/**
 * Uploads, slow readers and calls in both directions, in a page.
 *
 * @module
 */
import { pathDescriptor } from "@contrail/flight/web";
import type { RecordBatch } from "apache-arrow";
import {
  bigBatches,
  checkBigBatch,
  exchangeBigBatches,
} from "../load/big_stream.ts";
import { bothWaysOr, read, text } from "./call_cases.ts";
import { assert, assertEquals } from "./page_assert.ts";
import type { PageCases } from "./page_context.ts";

/** Batches of 1 MiB of a large stream. */
const LARGE = 100;

/** Most that the memory of a server may grow during one, in MiB. */
const MAX_GROWTH_MIB = 64;

/** Batches of a stream whose reader stops, where there is a bound, and where all of it comes. */
const AHEAD = 200;
const AHEAD_WITHOUT_BOUND = 100;

/** Cases that take little. */
export const STREAM_CASES: PageCases = {
  async "DoPut, three batches with a result for each"(page) {
    const name = page.name();
    const results = await page.client.doPut(pathDescriptor("each", name))
      .writeAll(bigBatches(3));
    const counts = results.map(({ appMetadata }) => text(appMetadata));
    assertEquals(counts, ["1", "2", "3"]);
  },

  async "DoExchange"({ client, bothWays }) {
    await bothWaysOr(bothWays, "DoExchange", async () => {
      await exchangeBigBatches(client.doExchange(pathDescriptor("x")), 4);
    });
  },
};

/** Cases that take a second or more. */
export const LARGE_CASES: PageCases = {
  async "DoPut, 100 MiB, and the server stays small"(page) {
    const name = page.name();
    const [result] = await page.client.doPut(pathDescriptor("measured", name))
      .writeAll(bigBatches(LARGE));
    assertEquals(text(result!.appMetadata), String(LARGE));
    const { grownMib } = await page.state(name);
    page.note(`the server grew by ${grownMib.toFixed(0)} MiB`);
    assert(grownMib < MAX_GROWTH_MIB, `it grew by ${grownMib} MiB`);
  },

  async "DoGet, 100 MiB"({ client }) {
    assertEquals(await read(client, String(LARGE)), LARGE);
  },

  async "DoGet, a reader that stops, and then cancels"(page) {
    const name = page.name();
    const count = page.maxAheadMib === Infinity ? AHEAD_WITHOUT_BOUND : AHEAD;
    const stream = page.client.doGet(`counted ${name} ${count}`).getReader();
    checkBigBatch((await stream.read()).value as RecordBatch, 0);
    const { messages, grownMib, end } = await page.still(name);
    page.note(
      `the server was ${messages - 1} MiB ahead, and grew by ` +
        `${grownMib.toFixed(0)} MiB`,
    );
    assert(messages - 1 <= page.maxAheadMib, `it made ${messages} batches`);
    assert(grownMib < MAX_GROWTH_MIB, `the server grew by ${grownMib} MiB`);
    await stream.cancel();
    if (end === undefined) {
      assertEquals((await page.ended(name)).end, "CANCELLED");
    } else assertEquals([end, page.maxAheadMib], ["OK", Infinity]);
  },

  // By one request of fetch, this would wait forever.
  async "DoExchange, 60 MiB back and forth"({ client, bothWays }) {
    await bothWaysOr(bothWays, "DoExchange", async () => {
      const exchange = client.doExchange(pathDescriptor("x"), bigBatches(60));
      let count = 0;
      for await (const batch of exchange) checkBigBatch(batch, count++);
      assertEquals(count, 60);
    });
  },

  async "DoGet, a reader that pauses"(page) {
    const stream = page.client.doGet("40").getReader();
    for (let index = 0; index < 40; index++) {
      if (index % 10 === 5) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      checkBigBatch((await stream.read()).value as RecordBatch, index);
    }
    assertEquals((await stream.read()).done, true);
  },
};
