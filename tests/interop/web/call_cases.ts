/**
 * Cases of our client with the service of web_service.ts, whatever is between them.
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
import { bigBatches, checkBigBatch } from "../load/big_stream.ts";
import type { WebCases } from "./web_cases.ts";
import { ERROR_TEXT, EXTRA_INFO } from "./web_service.ts";

/**
 * Makes a case of each RPC.
 *
 * @param rpcs The RPCs.
 * @param clientOf Gives the client for one of them.
 */
export function rpcCases(
  rpcs: Readonly<Record<string, (client: FlightClient) => Promise<unknown>>>,
  clientOf: (name: string) => FlightClient,
): WebCases {
  return Object.fromEntries(
    Object.entries(rpcs).map(([name, run]) => [
      name,
      async () => void await run(clientOf(name)),
    ]),
  );
}

/**
 * Makes the cases.
 *
 * @param client The client.
 * @param uploads Number of batches of 1 MiB in an upload.
 */
export function callCases(client: FlightClient, uploads = 100): WebCases {
  return {
    async "100 MiB down"() {
      await readAll(client, "100", 100);
    },

    async [`doPut, ${uploads} MiB that are answered at the end`]() {
      const [result] = await client.doPut(pathDescriptor("up"))
        .writeAll(bigBatches(uploads));
      assertEquals(
        new TextDecoder().decode(result!.appMetadata),
        String(uploads),
      );
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

    async "cancel, while messages come"() {
      for await (const _ of client.doAction("tick")) break;
      await Array.fromAsync(client.doAction("canceled"));
    },
  };
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
