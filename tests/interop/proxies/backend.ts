/**
 * The server behind the proxies, on any runtime: `backend.ts PORT`.
 *
 * @module
 */
import process from "node:process";
import { serve } from "../../../mod.ts";
import { BACKEND_SERVICE } from "./backend_service.ts";

const server = await serve(BACKEND_SERVICE, {
  port: Number(process.argv[2]),
  web: true,
});
console.log(server.port);
// The parent process holds standard input open.
process.stdin.on("end", () => process.exit(0)).resume();
