/**
 * The RPCs with one request, errors, deadlines and cancel, in a page.
 *
 * @module
 */
import {
  type FlightClient,
  FlightHeaders,
  pathDescriptor,
} from "@contrail/flight/web";
import { encodeBasicAuth } from "@contrail/flight/auth";
import { BIG_SCHEMA, checkBigBatch } from "../load/big_stream.ts";
import {
  assert,
  assertEquals,
  failureOf,
  flightErrorOf,
} from "./page_assert.ts";
import type { PageCases, PageContext } from "./page_context.ts";

/** As web_service.ts has them, which pages cannot load. */
const EXTRA_INFO = Uint8Array.of(0, 255, 10, 128);
const ERROR_TEXT = "no such flight: naïve % 100";

/** Outcome of a call. */
interface Outcome {
  readonly status: string;
  readonly reason: { readonly code: string };
}

/** Reason of a cancel. */
class StopError extends Error {}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The cases. */
export const CALL_CASES: PageCases = {
  async "ListFlights"({ client }) {
    assertEquals((await Array.fromAsync(client.listFlights())).length, 3);
  },

  async "GetFlightInfo, metadata both ways, and trailers"({ client }) {
    const bytes = Uint8Array.of(1, 0, 255);
    let headers = new FlightHeaders();
    let trailers = new FlightHeaders();
    const info = await client.getFlightInfo(pathDescriptor("x"), {
      headers: { "x-text": "a text", "x-bytes-bin": bytes },
      onHeaders: (got) => headers = got,
      onTrailers: (got) => trailers = got,
    });
    assertEquals(info.descriptor, pathDescriptor("x"));
    assertEquals(info.totalRecords, 2n ** 53n + 1n);
    assertEquals(headers.get("x-text"), "a text");
    assertEquals(headers.getBinary("x-bytes-bin"), bytes);
    assertEquals(trailers.get("x-trailer"), "last");
    assertEquals(trailers.getBinary("x-trailer-bin"), bytes.toReversed());
  },

  async "PollFlightInfo"({ client }) {
    const { progress } = await client.pollFlightInfo(pathDescriptor("x"));
    assertEquals(progress, 1);
  },

  async "GetSchema"({ client }) {
    const schema = await client.getSchema(pathDescriptor("x"));
    assertEquals(String(schema), String(BIG_SCHEMA));
  },

  async "GetSchema, 150 calls at the same time"({ client }) {
    const calls = Array.from(
      { length: 150 },
      () => client.getSchema(pathDescriptor("x")),
    );
    assertEquals((await Promise.all(calls)).length, 150);
  },

  // Browsers open about 200 sockets: others fail, at once.
  async "GetSchema, 400 calls, and more after them"(page) {
    const { client, isSocketOnly } = page;
    const calls = Array.from(
      { length: 400 },
      () => client.getSchema(pathDescriptor("x")),
    );
    let failures = 0;
    for (
      const { status, reason } of await Promise.allSettled(calls) as Outcome[]
    ) {
      if (status === "fulfilled") continue;
      failures++;
      assertEquals(reason.code, "UNAVAILABLE");
    }
    if (isSocketOnly) page.note(`${400 - failures} sockets at a time`);
    assert(failures <= (isSocketOnly ? 250 : 0), `${failures} have failed`);
    await client.getSchema(pathDescriptor("x"));
  },

  async "DoGet, and an endpoint that is read"({ client }) {
    assertEquals(await read(client, "3"), 3);
    const info = await client.getFlightInfo(pathDescriptor("x"));
    let rows = 0;
    for await (const batch of client.read(info)) rows += batch.numRows;
    assertEquals(rows, 2 * 65_536);
  },

  async "DoAction, ListActions"({ client }) {
    const body = encoder.encode("naïve");
    const action = { type: "echo", body };
    const [result] = await Array.fromAsync(client.doAction(action));
    assertEquals(result!.body, body);
    const [type] = await Array.fromAsync(client.listActions());
    assertEquals(type!.type, "echo");
  },

  async "error with details: before the first message"(page) {
    await failsWithDetails(() =>
      page.client.getFlightInfo(pathDescriptor("fail"))
    );
  },

  async "error with details: after two messages"({ client }) {
    await failsWithDetails(() => read(client, "fail"));
  },

  async "headers that are too large are not sent"({ client }) {
    const error = await flightErrorOf(() =>
      client.getFlightInfo(pathDescriptor("x"), {
        headers: { "x-bytes-bin": new Uint8Array(70_000) },
      })
    );
    assertEquals(error.code, "RESOURCE_EXHAUSTED");
  },

  async "deadline, before a message and after one"(page) {
    for (const type of ["silent", "hold"]) {
      const name = page.name();
      const body = encoder.encode(name);
      const error = await flightErrorOf(() =>
        Array.fromAsync(page.client.doAction({ type, body }, {
          timeoutMs: 300,
        }))
      );
      assertEquals(error.code, "DEADLINE_EXCEEDED");
      const { end } = await page.ended(name);
      assert(end === "DEADLINE_EXCEEDED" || end === "CANCELLED", end);
    }
  },

  async "cancel: by the loop, by the signal, before a message"(page) {
    await cancels(page, "hold", async (action) => {
      for await (const _ of page.client.doAction(action)) break;
    });
    await cancels(page, "hold", async (action) => {
      const controller = new AbortController();
      const { signal } = controller;
      const reason = await failureOf(StopError, async () => {
        for await (const _ of page.client.doAction(action, { signal })) {
          controller.abort(new StopError());
        }
      });
      assertEquals(reason === signal.reason, true);
    });
    for (const type of page.noticesSilent ? ["open", "silent"] : ["open"]) {
      await cancels(page, type, async (action, name) => {
        const controller = new AbortController();
        const { signal } = controller;
        const call = Array.fromAsync(page.client.doAction(action, { signal }));
        call.catch(() => {});
        await page.begun(name);
        controller.abort(new StopError());
        await failureOf(StopError, () => call);
      });
    }
  },

  async "Handshake"({ client, bothWays }) {
    const { writable, readable } = client.handshake();
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const payload = encodeBasicAuth({ username: "ada", password: "1815" });
    writer.write({ payload }).catch(() => {});
    writer.close().catch(() => {});
    await bothWaysOr(bothWays, "Handshake", async () => {
      const [answer] = await Array.fromAsync(readable);
      assertEquals(answer?.payload, payload);
    });
  },
};

/** Fails with an error that says what is missing, where there is no way. */
export async function bothWaysOr(
  bothWays: PageContext["bothWays"],
  method: string,
  run: () => Promise<void>,
): Promise<void> {
  if (bothWays === "socket") return await run();
  const error = await flightErrorOf(run);
  assertEquals([error.code, error.method], ["UNIMPLEMENTED", method]);
  assert(error.details.includes("WebSocket"), error.details);
}

/** Reads the batches of a ticket. */
export async function read(
  client: FlightClient,
  ticket: string,
): Promise<number> {
  let count = 0;
  for await (const batch of client.doGet(ticket)) {
    checkBigBatch(batch, count++);
  }
  return count;
}

async function failsWithDetails(call: () => Promise<unknown>): Promise<void> {
  const error = await flightErrorOf(call);
  assertEquals(
    [error.code, error.details, error.extraInfo, error.origin],
    ["NOT_FOUND", ERROR_TEXT, EXTRA_INFO, "remote"],
  );
}

/** Makes a call that the page ends; the server has to see that. */
async function cancels(
  page: PageContext,
  type: string,
  run: (
    action: { type: string; body: Uint8Array },
    name: string,
  ) => Promise<void>,
): Promise<void> {
  const name = page.name();
  await run({ type, body: encoder.encode(name) }, name);
  assertEquals((await page.ended(name)).end, "CANCELLED");
}

/** The text of metadata. */
export function text(bytes: Uint8Array | undefined): string {
  return decoder.decode(bytes);
}
