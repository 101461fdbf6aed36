/**
 * Our client with grpcwebproxy, which turns gRPC-Web into gRPC by a client in Go, and a
 * server of ours behind it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { pathDescriptor } from "../../../mod.ts";
import { connectWeb } from "../../../web.ts";
import { bigBatch, checkBigBatch } from "../load/big_stream.ts";
import { RPCS } from "../proxies/cases.ts";
import { callCases, rpcCases } from "./call_cases.ts";
import type { WebCases } from "./web_cases.ts";

/** Makes the cases. */
export function grpcwebproxyCases(url: string): WebCases {
  const client = connectWeb(url, { timeoutMs: 35_000 });
  const full = connectWeb(url, { timeoutMs: 35_000, duplex: "full" });
  // Of an upload that is answered before its end, this proxy loses bytes.
  const { doPut: _, doExchange: __, ...rpcs } = RPCS;
  return {
    // Of a handshake both messages are short, and the request ends before the answer is read.
    ...rpcCases(rpcs, (name) => name === "handshake" ? full : client),

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

    ...callCases(client),
  };
}
