/** Headers of a peer that cost more than their bytes, at the socket. */

import { test } from "node:test";

import { assertEquals, assertMatch, assertThrows } from "@std/assert";

import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import {
  answer,
  flightError,
  request,
  type ServerRequest,
} from "../../support/transport/call_parts.ts";
import { message } from "../../support/transport/messages.ts";
import { rest, values } from "../../support/transport/test_source.ts";
import { tcp } from "../../support/transport/tested_transport.ts";
import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import {
  rawClient,
  type RawPeer,
  rawServer,
} from "../../support/http2/raw_peer.ts";
import { REQUEST, RESPONSE } from "../../support/http2/raw_frames.ts";

const { pair } = HTTP2;

type Fields = readonly (readonly [string, string])[];

/** The headers of a request as a handler gets them. */
async function received(...fields: Fields): Promise<FlightHeaders> {
  const seen = Promise.withResolvers<ServerRequest>();
  await using t = await pair((request) => {
    seen.resolve(request);
    return answer(values(message("x")));
  });
  await using peer = await rawClient(t.server.port);
  await peer.send(peer.headers(1, [...REQUEST, ...fields], true));
  await peer.next("DATA");
  return (await seen.promise).headers;
}

test("a -bin header has several values, decoded when they are asked for", async () => {
  const headers = await received(
    ["x-bin", "AQ,Ag==, Aw"],
    ["x-text", " a "],
    ["x-bin", "BA"],
  );
  assertEquals(headers.size, 5);
  assertEquals(headers.getBinary("X-Bin"), Uint8Array.of(1));
  assertThrows(() => headers.get("x-bin"), TypeError, "getBinary()");
  assertEquals(
    headers.getAll("x-bin"),
    [1, 2, 3, 4].map((byte) => Uint8Array.of(byte)),
  );
  const all = [...headers];
  assertEquals(all.map(([name]) => name), [
    "x-bin",
    "x-bin",
    "x-bin",
    "x-text",
    "x-bin",
  ]);
  assertEquals(all[3], ["x-text", "a"]);
  const copy = new FlightHeaders(headers);
  headers.set("x-bin", Uint8Array.of(5)).delete("x-text");
  assertEquals([...headers], [["x-bin", Uint8Array.of(5)]]);
  assertEquals([...copy], all);
});

test("a -bin header without a value has an empty one", async () => {
  const headers = await received(["x-bin", ""], ["y-bin", "AQ,"]);
  assertEquals(headers.getBinary("x-bin"), new Uint8Array());
  assertEquals(headers.getAll("y-bin"), [Uint8Array.of(1), new Uint8Array()]);
});

test("names and values that are not gRPC's are dropped", async () => {
  const headers = await received(
    ["x-bin", "A"],
    ["y-bin", "AQ,*"],
    ["z-bin", "A Q"],
    ["x*y", "a"],
    ["x-text", "\u00e4"],
    ["x-tab", "a\tb"],
    ["x-good", "a"],
  );
  assertEquals([...headers], [["x-good", "a"]]);
});

test("a cookie in parts is one header", async () => {
  const headers = await received(
    ["cookie", "a=1"],
    ["x-good", "a"],
    ["cookie", "b=2"],
    ["cookie", "c=3"],
  );
  assertEquals([...headers], [["cookie", "a=1; b=2; c=3"], ["x-good", "a"]]);
});

test("a cookie with an empty part has no space at its end", async () => {
  for (const parts of [["a=1", ""], ["", "a=1"], ["", "a=1", ""]]) {
    const headers = await received(
      ...parts.map((part) => ["cookie", part] as const),
    );
    assertEquals([...headers], [["cookie", "a=1"]]);
  }
});

test("60,000 padding characters in a -bin header cost no more than text", async () => {
  const padding = "=".repeat(60_000);
  assertEquals([...await received(["x-bin", `${padding}A`])], []);
});

const COMMAS = ["x-bin", ",".repeat(300)] as const;
const MANY = Array.from({ length: 300 }, () => ["a", ""] as const);

for (
  const [what, fields, count] of [
    ["values of a -bin header", [COMMAS], 301],
    ["headers without a value", MANY, 300],
  ] as const
) {
  test(`${what} beyond maxHeaderFields fail one call of a server`, async () => {
    await using t = await pair(() => answer(values(message("x"))));
    await using peer = await rawClient(t.server.port);
    await peer.send(peer.headers(1, [...REQUEST, ...fields]));
    const { headers } = await peer.next("HEADERS");
    assertEquals(headers!["grpc-status"], "8");
    assertEquals(
      headers!["grpc-message"],
      `the headers have ${count + REQUEST.length} values, more than the ` +
        "limit of 256 (option maxHeaderFields)",
    );
    assertEquals(await peer.reset(1), "NO_ERROR");
    // In trailers of a request too, which mean nothing.
    await peer.send(peer.headers(3), peer.headers(5, [...REQUEST], true));
    await peer.next("DATA");
  });

  test(`${what} beyond maxHeaderFields fail one call of a client`, async () => {
    await using server = await rawServer();
    const client = http2ClientTransport(tcp(server.port), {});
    const status = ["grpc-status", "0"] as const;
    const answers: ((peer: RawPeer, id: number) => Uint8Array[])[] = [
      (peer, id) => [peer.headers(id, [...RESPONSE, ...fields])],
      (peer, id) => [
        peer.headers(id, RESPONSE),
        peer.headers(id, [status, ...fields], true),
      ],
      (peer, id) => [peer.headers(id, [...RESPONSE, status, ...fields], true)],
    ];
    let peer: RawPeer | undefined;
    for (const [index, parts] of answers.entries()) {
      const { messages } = client.call(request({ messages: values() }));
      const failed = flightError(rest(messages));
      peer ??= await server.accept();
      const { streamId } = await peer.next("HEADERS");
      await peer.send(...parts(peer, streamId));
      const error = await failed;
      assertEquals(error.code, "RESOURCE_EXHAUSTED", `${index}`);
      assertMatch(
        error.details,
        /^the (headers|trailers) have 30\d values, .*\(option maxHeaderFields\)$/,
      );
    }
    await client.close();
  });
}
