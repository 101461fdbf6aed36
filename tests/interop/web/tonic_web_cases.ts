/**
 * Our client with tonic-web, in Rust: all ten methods over HTTP/1.1, both ways at once.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type FlightClient,
  FlightHeaders,
  pathDescriptor,
} from "../../../mod.ts";
import { connectWeb } from "../../../web.ts";
import { bigBatches, exchangeBigBatches } from "../load/big_stream.ts";
import { RPCS } from "../proxies/cases.ts";
import { callCases, rpcCases } from "./call_cases.ts";
import type { WebCases } from "./web_cases.ts";

/** Batches of an upload. */
const UPLOADS = 100;

/** Cases of others that this server has in another form: it answers each batch, and sends no trailers. */
const OTHER_FORM = /^doPut, |^metadata both ways, and trailers$/;

/** Makes the cases. */
export function tonicWebCases(url: string): WebCases {
  const client = connectWeb(url, { timeoutMs: 35_000 });
  const gathering = connectWeb(url, { timeoutMs: 35_000, uploads: "gathered" });
  const calls = Object.entries(callCases(client))
    .filter(([name]) => !OTHER_FORM.test(name));
  return {
    ...rpcCases(RPCS, () => client),
    ...Object.fromEntries(calls),

    async "doExchange, an answer before the next batch"() {
      await exchangeBigBatches(client.doExchange(pathDescriptor("x")), 20);
    },

    async [`doPut, ${UPLOADS} MiB, streamed`]() {
      await upload(client);
    },

    async [`doPut, ${UPLOADS} MiB, gathered`]() {
      await upload(gathering);
    },

    async "metadata both ways"() {
      const bytes = Uint8Array.of(1, 0, 255);
      let headers = new FlightHeaders();
      await client.getFlightInfo(pathDescriptor("x"), {
        headers: { "x-text": "a text", "x-bytes-bin": bytes },
        onHeaders: (got) => headers = got,
      });
      assertEquals(headers.get("x-text"), "a text");
      assertEquals(headers.getBinary("x-bytes-bin"), bytes);
    },
  };
}

async function upload(client: FlightClient): Promise<void> {
  const results = await client.doPut(pathDescriptor("up"))
    .writeAll(bigBatches(UPLOADS));
  const last = new TextDecoder().decode(results.at(-1)!.appMetadata);
  assertEquals([results.length, last], [UPLOADS, String(UPLOADS)]);
}
