/**
 * The transport on sockets that deliver chunks, although this runtime can read
 * into memory of ours. Bun always delivers chunks.
 */

import { deliverChunks } from "../../internal/http2/connection/socket_reader.ts";
import { HTTP2 } from "../support/transport/http2_transport.ts";
import { testTransport } from "./every_transport.ts";

if ("Deno" in globalThis) {
  deliverChunks();
  testTransport(HTTP2);
  for (
    const name of [
      "fairness",
      "flow_control",
      "placed_data",
      "requests",
      "windows",
    ]
  ) await import(`./http2/${name}_test.ts`);
}
