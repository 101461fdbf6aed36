import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { FlightError } from "@contrail/flight";
import { flightHandler } from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import { filled, numbers } from "../../support/numbers.ts";
import { assertFlightError } from "../../support/rejections.ts";
import { serveFetch } from "../../support/serve_fetch.ts";
import { answer, frame } from "./answers.ts";

const URL = "https://flight.example/prefix/";
const OK = frame(0x80, "grpc-status: 0\r\n");

/** A client whose server answers everything alike. */
function answeredBy(make: () => Response) {
  return connectWeb(URL, { fetch: () => Promise.resolve(make()) });
}

/** The outcome of ListActions. */
function list(make: () => Response): Promise<unknown[]> {
  return Array.fromAsync(answeredBy(make).listActions());
}

test("connectWeb: requests go below the prefix, and say what they are", async () => {
  const seen: Request[] = [];
  const client = connectWeb(URL, {
    headers: { "x-one": "1", "x-two-bin": Uint8Array.of(1, 2) },
    credentials: "include",
    fetch(request) {
      seen.push(request);
      return Promise.resolve(answer([OK]));
    },
  });
  assertEquals(
    await Array.fromAsync(client.listActions({ timeoutMs: 60_000 })),
    [],
  );
  const [{ url, method, headers }] = seen as [Request];
  assertEquals(
    url,
    "https://flight.example/prefix/arrow.flight.protocol.FlightService/ListActions",
  );
  assertEquals(method, "POST");
  assertEquals(headers.get("content-type"), "application/grpc-web+proto");
  assertEquals(headers.get("x-grpc-web"), "1");
  assertEquals(headers.get("x-one"), "1");
  assertEquals(headers.get("x-two-bin"), "AQI");
  assert(/^\d{1,8}[mSMH]$/.test(headers.get("grpc-timeout")!));
});

test("connectWeb: trailers in any case, without a space, and in pieces", async () => {
  const bytes = frame(
    0x80,
    "Grpc-Status:5\r\ngrpc-message:no%20such%20flight\r\nX-Trail:yes\r\n",
  );
  const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
  const error = await assertFlightError(
    list(() => answer(pieces)),
    "NOT_FOUND",
    /no such flight/,
  );
  assertEquals(error.origin, "remote");
  assertEquals(error.trailers?.get("x-trail"), "yes");
});

test("connectWeb: a status in the headers of an empty answer counts", async () => {
  const headers = { "grpc-status": "7", "grpc-message": "not you" };
  await assertFlightError(
    list(() => answer([], headers)),
    "PERMISSION_DENIED",
    /not you/,
  );
  assertEquals(await list(() => answer([], { "grpc-status": "0" })), []);
});

const FAULTS: Record<string, [() => Response, FlightError["code"], RegExp]> = {
  "an empty body": [() => answer([]), "UNKNOWN", /no trailers/],
  "a message that is cut short": [
    () => answer([frame(0, "abcdef").subarray(0, 8)]),
    "INTERNAL",
    /ends in mid-message/,
  ],
  "a prefix that is cut short": [
    () => answer([Uint8Array.of(0, 0)]),
    "INTERNAL",
    /ends in mid-message/,
  ],
  "trailers that are cut short": [
    () => answer([OK.subarray(0, 9)]),
    "INTERNAL",
    /trailers of the answer are cut short/,
  ],
  "a flag that gRPC lacks": [
    () => answer([frame(2, "x"), OK]),
    "INTERNAL",
    /flag 2/,
  ],
  "compressed trailers": [
    () => answer([frame(0x81, "grpc-status: 0\r\n")]),
    "INTERNAL",
    /flag 129/,
  ],
  "a compressed message": [
    () => answer([frame(1, "x"), OK]),
    "INTERNAL",
    /compressed/,
  ],
  "bytes behind the trailers": [
    () => answer([new Uint8Array([...OK, 0])]),
    "INTERNAL",
    /bytes follow the trailers/,
  ],
  "a line without a colon": [
    () => answer([frame(0x80, "grpc-status\r\n")]),
    "INTERNAL",
    /no colon/,
  ],
  "trailers of gigabytes": [
    () => answer([Uint8Array.of(0x80, 0xff, 0, 0, 0)]),
    "RESOURCE_EXHAUSTED",
    /maxHeaderListBytes/,
  ],
  "a page": [
    () =>
      new Response("<p>Hello", { headers: { "content-type": "text/html" } }),
    "UNKNOWN",
    /text\/html.*Hello/,
  ],
  "a missing route": [
    () => new Response("nothing here", { status: 404 }),
    "UNIMPLEMENTED",
    /404.*nothing here/,
  ],
  "a gateway without a server": [
    () => new Response(null, { status: 503 }),
    "UNAVAILABLE",
    /503/,
  ],
  "a redirect": [
    () => new Response(null, { status: 302, headers: { location: "/login" } }),
    "UNKNOWN",
    /302.*login/,
  ],
};

for (const [name, [make, code, text]] of Object.entries(FAULTS)) {
  test(`connectWeb: ${name} fails the call`, async () => {
    await assertFlightError(list(make), code, text);
  });
}

test("connectWeb: a fetch that fails is UNAVAILABLE, and names the URL", async () => {
  const client = connectWeb(URL, {
    fetch: () => Promise.reject(new TypeError("Failed to fetch")),
  });
  const failing = (text: RegExp) =>
    assertFlightError(
      Array.fromAsync(client.listActions()),
      "UNAVAILABLE",
      text,
    );
  const error = await failing(
    /https:\/\/flight\.example\/prefix: Failed to fetch$/,
  );
  assertEquals(error.origin, "transport");

  // A browser hides the reason from its pages.
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator")!;
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { userAgent: "Mozilla/5.0" },
  });
  try {
    await failing(/: Failed to fetch; only the console .*option web of serve/);
  } finally {
    Object.defineProperty(globalThis, "navigator", own);
  }
});

test("connectWeb: an answer that breaks off is UNAVAILABLE", async () => {
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new TypeError("network error")),
  }, { highWaterMark: 0 });
  await assertFlightError(
    list(() =>
      new Response(broken, {
        headers: { "content-type": "application/grpc-web+proto" },
      })
    ),
    "UNAVAILABLE",
    /was lost: network error/,
  );
});

test("connectWeb: half duplex fails exchanges and handshakes at once", async () => {
  const client = connectWeb(URL, {
    duplex: "half",
    fetch: () => Promise.reject(new TypeError("not called")),
  });
  const exchange = client.doExchange("x");
  await assertFlightError(
    Array.fromAsync(exchange.readable),
    "UNIMPLEMENTED",
    /DoExchange reads answers while it still sends.*option duplex/,
  );
  await assertFlightError(
    Array.fromAsync(client.handshake().readable),
    "UNIMPLEMENTED",
    /Handshake/,
  );
});

test("connectWeb: a gathered upload is one body, with a limit", async () => {
  const rows: number[] = [];
  const handler = flightHandler({
    async doPut(upload) {
      for await (const batch of upload) rows.push(batch.numRows);
    },
  });
  const client = connectWeb(URL, { uploads: "gathered", fetch: handler });
  await client.doPut("x", [numbers(1), numbers(2, 3)]);
  assertEquals(rows, [1, 2]);
  const small = connectWeb(URL, {
    uploads: "gathered",
    maxGatheredUploadBytes: 10_000,
    fetch: handler,
  });
  await assertFlightError(
    small.doPut("x", [filled(4096, 1), filled(4096, 2)]),
    "RESOURCE_EXHAUSTED",
    /maxGatheredUploadBytes/,
  );
});

test("connectWeb: a slow reader stops a server over HTTP", async () => {
  const total = 256;
  let produced = 0;
  const handler = flightHandler({
    *doGet() {
      for (; produced < total; produced++) yield filled(1 << 16, produced);
    },
  });
  await using server = await serveFetch(handler);
  const client = connectWeb(server.url);
  const reader = client.doGet("t").getReader();
  await reader.read();
  let before = -1;
  while (before !== produced) {
    before = produced;
    for (let i = 0; i < 200; i++) await new Promise((go) => setTimeout(go, 0));
  }
  // Batches of 256 KiB: 24 MiB, of which most are in the kernel.
  assert(produced < 96, `${produced} batches for a reader that stopped`);
  let count = 1;
  while (!(await reader.read()).done) count++;
  assertEquals(count, total);
});

test("connectWeb: URLs and options that cannot be used are refused", () => {
  for (
    const url of [
      "flight.example",
      "grpc://flight.example:1",
      "ftp://flight.example",
      "https://me:secret@flight.example",
      "https://flight.example/?a=1",
    ]
  ) {
    const { message } = assertThrows(() => connectWeb(url), TypeError);
    assert(!message.includes("secret"), message);
  }
  assertThrows(
    () => connectWeb(URL, { uploads: "some" as never }),
    TypeError,
    "uploads",
  );
  assertThrows(
    () => connectWeb(URL, { maxGatheredUploadBytes: 0 }),
    RangeError,
    "maxGatheredUploadBytes",
  );
});
