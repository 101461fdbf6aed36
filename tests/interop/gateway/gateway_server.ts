/**
 * A gateway of ours in front of another server:
 *
 *     gateway_server.ts port PORT [direct]
 *     gateway_server.ts command PROGRAM [ARGUMENT...]
 *
 * With "direct", endpoints name the server itself first. The second form starts the server, whose first two lines are its port and a token. Users are known to that
 * server. The gateway prints its own port, and the token. It ends with its standard input.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { serve } from "../../../mod.ts";
import { flightSqlGateway, type GatewayEngine } from "../../../gateway.ts";

const [mode, first = "", ...rest] = process.argv.slice(2);
let port = first;
const lines: string[] = [];
if (mode === "command") {
  // It ends with its standard input, which ends with this process. Killed, it would leave its files.
  const server = spawn(first, rest, { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: server.stdout })) {
    lines.push(line);
    if (lines.length === 2) break;
  }
  port = lines[0]!;
}
const uri = `grpc+tcp://localhost:${port}`;
const isDirect = mode === "port" && rest[0] === "direct";
/** Knows that the data is at the server itself. */
const engine: GatewayEngine = {
  name: "a server",
  locate: (ticket) => ({ location: { uri }, ticket }),
};
const gateway = flightSqlGateway(uri, {
  engine: isDirect ? engine : undefined,
  results: isDirect ? "direct" : "proxy",
  forwardHeaders: mode === "command" ? ["authorization", "cookie"] : [],
});
const server = await serve(gateway);
console.log(`${server.port}`);
if (lines.length > 1) console.log(lines[1]);
process.stdin.on("end", () => process.exit(0)).resume();
