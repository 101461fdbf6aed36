/**
 * The transport on sockets that deliver chunks, also where the runtime can read
 * into memory of ours.
 */

import { deliverChunks } from "../../internal/socket/socket_reader.ts";
import { HTTP2 } from "../support/transport/http2_transport.ts";
import { testTransport } from "./every_transport.ts";

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
) {
  // Bun loads a module once for all test files; another query is another module.
  await import(`./http2/${name}_test.ts?chunks`);
}
