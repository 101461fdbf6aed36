/** The transport on HTTP/2, as its tests use it. */

import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { http2ServerTransport } from "../../../internal/transport/http2/server.ts";
import { tested, type TestedTransport } from "./tested_transport.ts";

/** The transport on HTTP/2. */
export const HTTP2: TestedTransport = tested({
  name: "http2",
  clientTransport: (address, options) => http2ClientTransport(address, options),
  serverTransport: (handler, options) => http2ServerTransport(handler, options),
});
