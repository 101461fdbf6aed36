/**
 * Runs a program of this repository with the configuration that suits the machine:
 *
 *     deno run -A tools/run.ts FILE [ARGUMENT...]
 *
 * @module
 */
import { chooseDenoConfig, denoConfigOptions } from "./deno_config.ts";
import { ROOT } from "./deno_json.ts";

await chooseDenoConfig();
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", ...denoConfigOptions(), ...Deno.args],
  cwd: new URL(ROOT),
}).spawn().status;
Deno.exit(code);
