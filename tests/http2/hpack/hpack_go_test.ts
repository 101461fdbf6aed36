/** Blocks that golang.org/x/net/http2/hpack 0.62.0 has encoded. */

import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { HpackDecoder } from "../../../internal/http2/hpack/decoder.ts";
import { header, hex } from "./hpack_test_vectors.ts";

const REQUEST = [
  ":method: POST",
  ":scheme: http",
  ":path: /arrow.flight.protocol.FlightService/DoGet",
  ":authority: localhost:31337",
  "content-type: application/grpc",
  "user-agent: grpc-go/1.82.0",
  "te: trailers",
  "grpc-timeout: 29999m",
  "authorization: Bearer abc.def",
].map(header);

test("HpackDecoder: blocks of the Go implementation are decoded", () => {
  const decoder = new HpackDecoder({ maxHeaderListBytes: 4096 });
  assertEquals(
    decoder.decode(hex(`
      8386459e6076587f0bcb41a69d2bd761d2721e85f0d069a74ee2d9dcc42b17cf88a9418b
      a0e41d139d09b8c85965df5f8b1d75d0620d263d4c4d65647a8a9acac8b4c7602bbc25c1
      40027465864d833505b11f40899acac8b24d494f6a7f8513efbefd3f1f088aba51d85b14
      1c645e42cb`)),
    REQUEST,
  );
  assertEquals(
    decoder.decode(hex("8386c3c2c1c0bfbe1f088aba51d85b141c645e42cb")),
    REQUEST,
  );
  // The table shrinks to 100 bytes.
  assertEquals(
    decoder.decode(hex(
      "3f45885f8b1d75d0620d263d4c4d65644085f2b547497f04c3bf007e",
    )),
    [
      [":status", "200"],
      ["content-type", "application/grpc"],
      ["x-note", "\u00c3\u00bf\u0000~"],
    ],
  );
  // It shrinks to nothing and grows again.
  const trailers = ["grpc-status: 0", "grpc-message: "].map(header);
  assertEquals(
    decoder.decode(hex(`
      203fe11f40889acac8b21234da8f013040899acac8b5254207317f00`)),
    trailers,
  );
  assertEquals(decoder.decode(hex("bfbe")), trailers);
});
