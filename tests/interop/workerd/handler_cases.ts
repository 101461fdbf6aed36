/**
 * Our client with the handler in a Worker.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { connectWeb } from "../../../web.ts";
import type { WebCases } from "../web/web_cases.ts";
import { SERVICE } from "../web/web_cases.ts";
import { allCases } from "./all_cases.ts";

/** Calls of one request, all of them at once. */
const CALLS = 100;

/** Makes the cases. */
export function handlerCases(url: string): WebCases {
  const client = connectWeb(url, { timeoutMs: 35_000 });
  const overSockets = connectWeb(url, { timeoutMs: 35_000, webSocket: true });
  const cases: WebCases = {
    ...allCases(client),
    ...Object.fromEntries(
      Object.entries(allCases(overSockets)).map(([name, run]) => [
        `over a WebSocket: ${name}`,
        run,
      ]),
    ),

    async "100 calls at once"() {
      const body = new TextEncoder().encode("x");
      const results = await Promise.all(
        Array.from(
          { length: CALLS },
          () => Array.fromAsync(client.doAction({ type: "echo", body })),
        ),
      );
      for (const [result] of results) assertEquals(result!.body, body);
    },

    // The timers of a request that has ended are gone, so no two may share one.
    async "a request without a message, after others have ended"() {
      const response = await fetch(`${url}/${SERVICE}/GetFlightInfo`, {
        method: "POST",
        headers: {
          "content-type": "application/grpc-web+proto",
          "x-grpc-web": "1",
        },
        body: new ReadableStream(),
        duplex: "half",
      } as RequestInit);
      const text = await response.text();
      assertStringIncludes(text, "grpc-status: 4");
      assertStringIncludes(text, "requestTimeoutMs");
    },
  };
  // Deno's fetch closes its connection in order (FIN), unless bytes are left in it, which makes the kernel
  // reset it. workerd notices a reset at once, but a close only when it writes again: see the case in
  // which messages come. Programs without this package show the same.
  if (!("Deno" in globalThis)) return cases;
  return Object.fromEntries(
    Object.entries(cases).filter(([name]) => name !== "cancel"),
  );
}
