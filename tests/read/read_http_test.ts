/** `read` of endpoints at `http://` locations. */

import { readFileSync } from "node:fs";
import type * as http from "node:http";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FlightError, type FlightErrorCode } from "@contrail/flight";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { numbers, values } from "../support/numbers.ts";
import { httpPeer, httpTest } from "./http_peer.ts";
import { endpointOf, infoAt, infoOf, numbersOf } from "../support/endpoints.ts";
import { ipc, respond, STREAM } from "./ipc_over_http.ts";

httpTest("read fetches an IPC stream, in batches, by GET", async () => {
  await using peer = await httpPeer(
    respond(STREAM, { "content-type": "application/vnd.apache.arrow.stream" }),
  );
  const uri = `${peer.origin}/a%20b?sig=x%2By&n=1`;
  const info = infoOf([], { endpoints: [endpointOf("not sent", [uri])] });
  const stream = peer.client.read(info, { headers: { "x-read": "yes" } });
  assertEquals((await stream.schema).fields.map(({ name }) => name), ["n"]);
  assertEquals((await Array.fromAsync(stream)).map(values), [[1, 2], [], [3]]);
  const [{ method, url, headers }] = peer.requests as [http.IncomingMessage];
  assertEquals([method, url], ["GET", "/a%20b?sig=x%2By&n=1"]);
  assertEquals(
    headers.accept,
    "application/vnd.apache.arrow.stream, " +
      "application/vnd.apache.arrow.file, application/octet-stream",
  );
  for (const name of ["authorization", "x-read", "te", "grpc-timeout"]) {
    assertEquals(headers[name], undefined, name);
  }
  assertEquals(peer.requests.length, 1);
});

httpTest("read takes whatever says that it is Arrow, or nothing", async () => {
  const file = ipc("file", numbers(1, 2), numbers(3));
  const types = [
    undefined,
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain",
    "Application/VND.apache.arrow.stream; charset=binary",
    "application/vnd.apache.arrow.file",
    "application/x-apache-arrow-stream",
  ];
  for (const body of [STREAM, file]) {
    for (const type of types) {
      await using peer = await httpPeer(
        respond(body, type === undefined ? {} : { "content-type": type }),
      );
      assertEquals(
        await numbersOf(peer.client.read(infoAt(peer.origin))),
        [1, 2, 3],
        type,
      );
    }
  }
});

httpTest("read of nothing, of a schema, of a compressed answer", async () => {
  const bodies: Record<string, [number, Uint8Array, http.OutgoingHttpHeaders]> =
    {
      "/empty": [200, new Uint8Array(), {}],
      "/none": [204, new Uint8Array(), {}],
      "/schema": [200, ipc("stream"), {}],
      "/gzip": [200, gzipSync(STREAM), { "content-encoding": "gzip" }],
      // The end of a stream may be marked, or be the end of the bytes.
      "/unmarked": [200, STREAM.subarray(0, -8), {}],
    };
  await using peer = await httpPeer(({ url }, response) => {
    const [status, body, headers] = bodies[url!]!;
    response.writeHead(status, headers).end(body);
  });
  const read = (path: string) => peer.client.read(infoAt(peer.origin + path));
  for (const path of ["/empty", "/none"]) {
    assertEquals(await numbersOf(read(path)), []);
    await assertFlightError(read(path).schema, "FAILED_PRECONDITION");
  }
  assertEquals(await numbersOf(read("/schema")), []);
  assertEquals((await read("/schema").schema).fields.length, 1);
  assertEquals(await numbersOf(read("/gzip")), [1, 2, 3]);
  assertEquals(await numbersOf(read("/unmarked")), [1, 2, 3]);
});

httpTest("read gives batches as they arrive, whatever the chunks", async () => {
  let received = event();
  await using peer = await httpPeer(async (_request, response) => {
    const batches = [numbers(1), numbers(2), numbers(3)];
    const whole = ipc("stream", ...batches);
    let sent = 0;
    for (let i = 0; i < batches.length; i++) {
      // Up to the end of batch i.
      const end = ipc("stream", ...batches.slice(0, i + 1)).byteLength - 8;
      for (; sent < end; sent += 7) {
        response.write(whole.subarray(sent, Math.min(sent + 7, end)));
      }
      sent = end;
      await received.promise;
      received = event();
    }
    response.end(whole.subarray(sent));
  });
  const all: number[] = [];
  for await (const batch of peer.client.read(infoAt(peer.origin))) {
    all.push(...values(batch));
    received.resolve();
  }
  assertEquals(all, [1, 2, 3]);
});

httpTest("read follows redirects, but not for ever", async () => {
  await using peer = await httpPeer(({ url }, response) => {
    if (url === "/data") {
      void respond(STREAM)(undefined!, response);
      return;
    }
    const to = url!.startsWith("/loop") ? "/loop?sig=secret" : "/data";
    response.writeHead(url === "/moved" ? 301 : 307, { location: to }).end();
  });
  for (const path of ["/moved", "/temporary"]) {
    assertEquals(
      await numbersOf(peer.client.read(infoAt(peer.origin + path))),
      [1, 2, 3],
    );
  }
  const error = await assertFlightError(
    numbersOf(peer.client.read(infoAt(`${peer.origin}/loop`))),
    "UNAVAILABLE",
    /cannot fetch it: .*\(endpoints\[0\], read from http:/,
  );
  assert(!inspect(error).includes("secret"), inspect(error));
});

httpTest("read does not follow a redirect away from TLS", async () => {
  let cancelled = false;
  await using peer = await httpPeer(() => {}, {
    fetchLocation: () => {
      const body = new ReadableStream({
        cancel() {
          cancelled = true;
        },
      });
      const response = new Response(body);
      Object.defineProperty(response, "url", { value: "http://elsewhere/" });
      return Promise.resolve(response);
    },
  });
  await assertFlightError(
    numbersOf(peer.client.read(infoAt("https://here/"))),
    "UNIMPLEMENTED",
    /it redirects to a location without TLS, which is not followed \(endpoints\[0\], read from https:\/\/here\/\)$/,
  );
  assert(cancelled);
});

httpTest(
  "read: HTTP statuses are errors, of which some mean: elsewhere",
  async () => {
    const statuses: Record<number, [FlightErrorCode, isElsewhere: boolean]> = {
      400: ["INVALID_ARGUMENT", false],
      401: ["UNAUTHENTICATED", true],
      403: ["PERMISSION_DENIED", true],
      404: ["NOT_FOUND", false],
      406: ["UNIMPLEMENTED", true],
      410: ["NOT_FOUND", false],
      415: ["UNIMPLEMENTED", true],
      418: ["UNKNOWN", false],
      429: ["UNAVAILABLE", true],
      500: ["INTERNAL", false],
      503: ["UNAVAILABLE", true],
    };
    for (const [status, [code, isElsewhere]] of Object.entries(statuses)) {
      // A client that does not know yet what is down.
      await using peer = await httpPeer((_request, response) => {
        response.writeHead(Number(status)).end("<html>secret</html>");
      });
      const location = `${peer.origin}/${status}`;
      const error = await assertFlightError(
        numbersOf(peer.client.read(infoAt(`${location}?sig=secret`))),
        code,
        new RegExp(
          `it answered with HTTP status ${status} \\(endpoints\\[0\\], read from ${location}\\?…`,
        ),
      );
      assertEquals(error.method, "DoGet");
      assert(!inspect(error).includes("secret"), inspect(error));
      const next = numbersOf(peer.client.read(infoAt(location, "")));
      if (isElsewhere) assertEquals(await next, [0]);
      else await assertFlightError(next, code);
    }
  },
);

httpTest(
  "read: aborting ends a fetch, before and after it answers",
  async () => {
    let called = event();
    let closed = event();
    await using peer = await httpPeer(({ url }, response) => {
      response.on("close", () => closed.resolve());
      if (url === "/data") response.write(STREAM.subarray(0, -8));
      called.resolve();
    });
    const reason = new Error("enough");
    for (const path of ["/silent", "/data"]) {
      closed = event();
      const controller = new AbortController();
      const reader = peer.client.read(infoAt(peer.origin + path), {
        signal: controller.signal,
      }).getReader();
      if (path === "/data") {
        for (let i = 0; i < 3; i++) await reader.read();
      }
      const pending = rejection(reader.read());
      await called.promise;
      controller.abort(reason);
      assertStrictEquals(await pending, reason);
      await closed.promise;
    }
    const silent = infoAt(`${peer.origin}/silent`);
    closed = event();
    await assertFlightError(
      numbersOf(peer.client.read(silent, { timeoutMs: 500 })),
      "DEADLINE_EXCEEDED",
    );
    await closed.promise;
    [called, closed] = [event(), event()];
    const pending = assertFlightError(
      numbersOf(peer.client.read(silent)),
      "CANCELLED",
      /the client was closed/,
    );
    await called.promise;
    await peer.client.close();
    await pending;
    await closed.promise;
  },
);

httpTest("read fetches compressed bodies", async () => {
  const golden = (name: string) =>
    readFileSync(new URL(`../ipc/golden/${name}.arrows`, import.meta.url));
  await using peer = await httpPeer(({ url }, response) => {
    response.end(golden(url!.slice(1)));
  });
  const [plain, ...compressed] = await Promise.all(
    ["noise", "noise_lz4", "noise_zstd"].map(async (name) =>
      (await peer.client.read(infoAt(`${peer.origin}/${name}`)).table())
        .toString()
    ),
  );
  assertEquals(compressed, [plain, plain]);
});

httpTest("read fetches as option fetchLocation says", async () => {
  let fail: unknown;
  await using peer = await httpPeer((request, response) => {
    if (request.headers["x-key"] !== "mine") {
      response.writeHead(403).end();
      return;
    }
    response.end(STREAM);
  }, {
    fetchLocation(request) {
      if (fail) throw fail;
      request.headers.set("x-key", "mine");
      return fetch(request);
    },
  });
  assertEquals(
    await numbersOf(peer.client.read(infoAt(`${peer.origin}/x`))),
    [1, 2, 3],
  );
  fail = new Error("not this one: http://127.0.0.1/?sig=secret");
  const error = await assertFlightError(
    numbersOf(peer.client.read(infoAt(peer.origin))),
    "UNAVAILABLE",
    /cannot fetch it: not this one: http:\/\/127\.0\.0\.1\/\?… \(/,
  );
  assert(!inspect(error).includes("secret"));
  assertEquals(await numbersOf(peer.client.read(infoAt(peer.origin, ""))), [0]);
  fail = new FlightError("FAILED_PRECONDITION", "not today");
  await assertFlightError(
    numbersOf(peer.client.read(infoAt(`${peer.origin}/`))),
    "FAILED_PRECONDITION",
    /not today/,
  );
});

httpTest("read mixes fetched endpoints with others, in order", async () => {
  await using peer = await httpPeer(({ url }, response) => {
    response.end(ipc("stream", numbers(Number(url!.slice(1)))));
  });
  const info = infoOf([], {
    endpoints: Array.from(
      { length: 40 },
      (_, i) => endpointOf("t", i % 4 ? [`${peer.origin}/${i}`] : []),
    ),
    ordered: true,
  });
  assertEquals(
    await numbersOf(peer.client.read(info, { maxParallelEndpoints: 8 })),
    Array.from({ length: 40 }, (_, i) => i % 4 ? i : 0),
  );
});

httpTest("read checks the schema of what it fetches", async () => {
  await using peer = await httpPeer(
    respond(tableToIPC(tableFromArrays({ m: Int32Array.of(1) }), "stream")),
  );
  const info = infoOf([], {
    endpoints: [endpointOf("t"), endpointOf("t", [peer.origin])],
    ordered: true,
  });
  await assertFlightError(
    numbersOf(peer.client.read(info)),
    "INTERNAL",
    /field 0 is "m": Int32, not "n": Int32|field 0 is "n": Int32, not "m": Int32/,
  );
});
