/** All tests that every transport over a network has to pass. */

import type { TestedTransport } from "../support/transport/tested_transport.ts";
import { testCalls } from "./calls.ts";
import { testCompressed } from "./compressed.ts";
import { testConnections } from "./connection.ts";
import { testErrors } from "./errors.ts";
import { testFlow } from "./flow.ts";
import { testServerConnections } from "./server_connections.ts";
import { testShutdown } from "./shutdown.ts";
import { testTls } from "./tls.ts";
import { testTlsCertificates } from "./tls_certificates.ts";
import { testUselessServers } from "./useless_servers.ts";

/** Registers all of them for one transport. */
export function testTransport(transport: TestedTransport): void {
  testCalls(transport);
  testErrors(transport);
  testCompressed(transport);
  testFlow(transport);
  testTls(transport);
  testUselessServers(transport);
  testTlsCertificates(transport);
  testConnections(transport);
  testServerConnections(transport);
  testShutdown(transport);
}
