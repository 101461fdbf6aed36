/**
 * h2spec against our server.
 *
 * @module
 */
import { findH2spec, H2SPEC_VERSION, runH2spec } from "../h2spec/h2spec.ts";
import type { Column, Missing, Outcome, Part, Place } from "./part.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";

/** Options of the server. */
export interface H2specServerOptions {
  /** As in `serve`. */
  readonly maxFrameBytes?: number;
  /** True to use TLS, with the certificates of the tests. */
  readonly tls?: boolean;
}

/** The smallest limit, which h2spec takes for the only one: it is HTTP/2's default. */
const MAX_FRAME_BYTES = 16_384;

/** Options of the servers, by the starts of the names of cases. */
const SERVERS: Readonly<Record<string, H2specServerOptions>> = {
  "h2spec": { maxFrameBytes: MAX_FRAME_BYTES },
  "h2spec over TLS": { maxFrameBytes: MAX_FRAME_BYTES, tls: true },
  "h2spec with default options": {},
};

/** A server that has nothing to do closes at once. */
const CLOSE_TIMEOUT_MS = 30_000;

/** Makes the part. */
export async function h2specPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const found = await findH2spec();
  if ("problem" in found) {
    return {
      what: `h2spec ${H2SPEC_VERSION}, and with it every test of HTTP/2 by it,`,
      problem: found.problem,
    };
  }
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await programOf(runtime);
    const column: Column = {
      title: RUNTIME_NAMES[runtime],
      run: (filter) => runServers(found.path, program, filter),
    };
    return column;
  }));
  return { columns, tables: ["h2spec"], place: placeOf };
}

async function* runServers(
  h2spec: string,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  for (const [what, options] of Object.entries(SERVERS)) {
    await using server = new Peer([
      ...program,
      interopFile("h2spec/h2spec_server.ts"),
      JSON.stringify(options),
    ]);
    const port = await server.port();
    const cases = await runH2spec(h2spec, port, options.tls ?? false);
    for (const { section, title, error } of cases) {
      const name = `${what} ${section}: ${title}`;
      if (name.includes(filter)) yield { name, error };
    }
    const end = await server.close(CLOSE_TIMEOUT_MS) ?? "never";
    if (end !== "exit code 0") {
      throw new Error(`the server of ${what} ended: ${end}\n${server.log}`);
    }
  }
}

/** "h2spec over TLS http2/4.2: …" is in the row "http2 over TLS". */
function placeOf(name: string): Place {
  const [, what, group, operation] = /^h2spec (.*? )?(\w+)\/(.*)$/.exec(name)!;
  return {
    table: "h2spec",
    row: `${group} ${what ?? ""}`.trim(),
    operation: operation!,
  };
}
