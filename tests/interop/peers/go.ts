/**
 * Arrow's own testers in Go.
 *
 * @module
 */
import { findGoTool } from "../programs/go_tools.ts";
import type { FoundTesters, Implementation } from "./implementation.ts";

const VERSION = "18.8.0";

/** The implementation in Go. */
export const GO: Implementation = {
  title: "Go",
  version: `arrow-go ${VERSION}`,
  lacks: { "do_exchange:echo": "Arrow's testers in Go do not have it" },
  async find(): Promise<FoundTesters> {
    const [server, client] = [await tool("server"), await tool("client")];
    if ("problem" in server) return server;
    if ("problem" in client) return client;
    return { server: [server.path], client: [client.path] };
  },
};

function tool(side: "server" | "client"): ReturnType<typeof findGoTool> {
  const name = `arrow-flight-integration-${side}`;
  return findGoTool({
    name,
    version: VERSION,
    module: `github.com/apache/arrow-go/v18@v${VERSION}`,
    folder: `./arrow/internal/flight_integration/cmd/${name}`,
  });
}
