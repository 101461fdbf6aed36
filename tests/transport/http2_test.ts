import { HTTP2 } from "../support/transport/http2_transport.ts";
import { testTransport } from "./every_transport.ts";

testTransport(HTTP2);
