/**
 * Our client with grpcwebproxy, which turns gRPC-Web into gRPC by a client in Go, and a
 * server of ours behind it.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type FlightClient,
  FlightError,
  FlightHeaders,
  pathDescriptor,
} from "../../../mod.ts";
import { connectWeb } from "../../../web.ts";
import { bigBatch, checkBigBatch } from "../load/big_stream.ts";
import { RPCS } from "../proxies/cases.ts";
import type { WebCases } from "./web_cases.ts";
import { ERROR_TEXT, EXTRA_INFO } from "./web_service.ts";

/** Makes the cases. */
export function grpcwebproxyCases(url: string): WebCases {
  const client = connectWeb(url, { timeoutMs: 35_000 });
  const full = connectWeb(url, { timeoutMs: 35_000, duplex: "full" });
  const { doPut: _, doExchange: __, ...rpcs } = RPCS;
  return {
    ...Object.fromEntries(
      Object.entries(rpcs).map(([name, run]) => [
        name,
        // Of a handshake both messages are short, and the request ends before the answer is read.
        async () => void await run(name === "handshake" ? full : client),
      ]),
    ),

    async "doExchange, written before it is read"() {
      const { writable, readable } = full.doExchange(pathDescriptor("x"));
      const writer = writable.getWriter();
      const sent = (async () => {
        await writer.write(bigBatch(0));
        await writer.close();
      })();
      sent.catch(() => {});
      let index = 0;
      for await (const batch of readable) checkBigBatch(batch, index++);
      assertEquals(index, 1);
      await sent;
    },

    async "100 MiB down"() {
      await readAll(client, "100", 100);
    },

    // Of an upload that is answered before its end, this proxy loses bytes.
    async "doPut, 100 MiB that are answered at the end"() {
      const [result] = await client.doPut(pathDescriptor("up"))
        .writeAll(batches(100));
      assertEquals(new TextDecoder().decode(result!.appMetadata), "100");
    },

    async "metadata both ways, and trailers"() {
      const bytes = Uint8Array.of(1, 0, 255);
      let headers = new FlightHeaders();
      let trailers = new FlightHeaders();
      await client.getFlightInfo(pathDescriptor("x"), {
        headers: { "x-text": "a text", "x-bytes-bin": bytes },
        onHeaders: (got) => headers = got,
        onTrailers: (got) => trailers = got,
      });
      assertEquals(headers.get("x-text"), "a text");
      assertEquals(headers.getBinary("x-bytes-bin"), bytes);
      assertEquals(trailers.get("x-trailer"), "last");
      assertEquals(trailers.getBinary("x-trailer-bin"), bytes.toReversed());
    },

    async "error with details: before the first message"() {
      await failsWithDetails(() =>
        client.getFlightInfo(pathDescriptor("fail"))
      );
    },

    async "error with details: after two messages"() {
      await failsWithDetails(() => readAll(client, "fail", 2));
    },

    async "deadline"() {
      const error = await assertRejects(
        () => Array.fromAsync(client.doAction("never", { timeoutMs: 300 })),
        FlightError,
      );
      assertEquals(error.code, "DEADLINE_EXCEEDED");
    },

    async "cancel"() {
      for await (const _ of client.doAction("wait")) break;
      // It answers once the server has seen the cancel.
      await Array.fromAsync(client.doAction("canceled"));
    },
  };
}

async function* batches(count: number) {
  for (let index = 0; index < count; index++) yield bigBatch(index);
}

async function readAll(
  client: FlightClient,
  ticket: string,
  count: number,
): Promise<void> {
  let index = 0;
  try {
    for await (const batch of client.doGet(ticket)) {
      checkBigBatch(batch, index++);
    }
  } finally {
    assertEquals(index, count);
  }
}

async function failsWithDetails(call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call, FlightError);
  assertEquals(
    [error.code, error.details, error.extraInfo],
    ["NOT_FOUND", ERROR_TEXT, EXTRA_INFO],
  );
}
