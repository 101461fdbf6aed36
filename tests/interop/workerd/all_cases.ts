/**
 * The cases of a client of ours, in a Worker or with a Worker.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type FlightClient, pathDescriptor } from "../../../mod.ts";
import { bigBatch, checkBigBatch } from "../load/big_stream.ts";
import { RPCS } from "../proxies/cases.ts";
import { callCases, rpcCases } from "../web/call_cases.ts";
import type { WebCases } from "../web/web_cases.ts";

/** Batches that go to the server and come back, one after the other. */
const BATCHES = 5;

/**
 * Batches of an upload. workerd sends them in chunks of 8 KiB, of which Deno.serve moves all that wait
 * for each one that is read, so 100 take a minute on a busy machine.
 */
const UPLOADS = 10;

/** Makes the cases. */
export function allCases(client: FlightClient): WebCases {
  // The service answers an upload at its end, and not each batch: a case of its own.
  const { doPut: _, ...rpcs } = RPCS;
  return {
    ...rpcCases(rpcs, () => client),

    async "doExchange, each batch after the answer to the one before"() {
      const { writable, readable } = client.doExchange(pathDescriptor("x"));
      const writer = writable.getWriter();
      const reader = readable.getReader();
      for (let index = 0; index < BATCHES; index++) {
        await writer.write(bigBatch(index));
        const { value } = await reader.read();
        checkBigBatch(value!, index);
      }
      await writer.close();
      assertEquals((await reader.read()).done, true);
    },

    ...callCases(client, UPLOADS),
  };
}
