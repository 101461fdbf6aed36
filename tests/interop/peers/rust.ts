/**
 * Testers of our own in Rust, over the crate arrow-flight: Arrow's are not
 * published.
 *
 * @module
 */
import { fromFileUrl, INTEROP } from "../programs/paths.ts";
import { runCommand } from "../../../tools/run_command.ts";
import type { FoundTesters, Implementation } from "./implementation.ts";

const MANIFEST = new URL("rust/Cargo.toml", import.meta.url);
const [, VERSION] = /^arrow-flight = .*"=(.*?)"/m.exec(
  Deno.readTextFileSync(MANIFEST),
)!;

const [, WEB_VERSION] = /^name = "tonic-web"\nversion = "(.*)"$/m.exec(
  Deno.readTextFileSync(new URL("rust/Cargo.lock", import.meta.url)),
)!;

/** The tonic-web that we are tested with. */
export const TONIC_WEB_VERSION: string = WEB_VERSION!;

/** Downloads and compiles some 200 crates. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/** The implementation in Rust. */
export const RUST: Implementation = {
  title: "Rust",
  version: `arrow-flight ${VERSION}`,
  lacks: {
    "session_options": "arrow-flight has no messages of sessions",
  },
  async find(): Promise<FoundTesters> {
    const target = fromFileUrl(new URL("rust", INTEROP));
    const program = `${target}/debug/flight-peer`;
    if (!await Deno.stat(program).catch(() => undefined)) {
      console.log(`building the testers in Rust, arrow-flight ${VERSION}`);
    }
    // Does nothing where nothing has changed.
    const { success, end, output } = await runCommand([
      "cargo",
      "build",
      "--quiet",
      "--locked",
      `--manifest-path=${fromFileUrl(MANIFEST)}`,
      `--target-dir=${target}`,
    ], BUILD_TIMEOUT_MS);
    if (!success) return { problem: `cargo build: ${end}: ${output.trim()}` };
    return {
      server: [program, "server"],
      client: [program, "client"],
      load: [program, "load"],
      web: [program, "web"],
    };
  },
};
