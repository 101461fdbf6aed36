import { testCalls } from "./calls.ts";
import { testCompressed } from "./compressed.ts";
import { testConnections } from "./connection.ts";
import { testErrors } from "./errors.ts";
import { testFlow } from "./flow.ts";
import { HTTP2 } from "../support/transport/http2_transport.ts";
import { testUselessServers } from "./useless_servers.ts";
import { testTls } from "./tls.ts";
import { testTlsCertificates } from "./tls_certificates.ts";

testCalls(HTTP2);
testErrors(HTTP2);
testCompressed(HTTP2);
testFlow(HTTP2);
testTls(HTTP2);
testUselessServers(HTTP2);
testTlsCertificates(HTTP2);
testConnections(HTTP2);
