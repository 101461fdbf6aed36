/**
 * Our client and our server with a real proxy between them.
 *
 * @module
 */
import type { Column, Missing, Outcome, Part, Place } from "./part.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { listens } from "../programs/ports.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";
import { PROXY_CASES } from "../proxies/cases.ts";
import { findProxies } from "../proxies/find.ts";
import { type Ports, proxiesOf, type Proxy } from "../proxies/setup.ts";
import { runCommand } from "../../../tools/run_command.ts";

const CASE_TIMEOUT_MS = 120_000;

/** Connection of the client to the proxy; behind it there is no TLS. */
const MODES = ["plain", "TLS"] as const;

/** They have ports of their own, without TLS. */
const PLAIN_ONLY = /^(wrong route|backend down|gRPC-Web|WebSockets)/;

/** Makes the part. */
export async function proxiesPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const programs = await findProxies();
  if ("problem" in programs) {
    return {
      what: "nginx, HAProxy or Caddy, and with it every test of proxies,",
      problem: programs.problem,
    };
  }
  const proxies = proxiesOf(programs);
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await programOf(runtime);
    const column: Column = {
      title: RUNTIME_NAMES[runtime],
      async *run(filter) {
        for (const proxy of proxies) yield* runProxy(proxy, program, filter);
      },
    };
    return column;
  }));
  return {
    columns,
    tables: proxies.map(({ title }) => title),
    place: placeOf,
  };
}

async function* runProxy(
  proxy: Proxy,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  const cases = MODES.flatMap((mode) =>
    Object.keys(PROXY_CASES)
      .filter((name) => mode === "plain" || !PLAIN_ONLY.test(name))
      .map((name) => ({ name, mode, full: `${proxy.title}, ${name}, ${mode}` }))
  ).filter(({ full }) => full.includes(filter));
  if (cases.length === 0) return;
  const folder = await Deno.makeTempDir({ prefix: "flight_proxy_" });
  try {
    const ports = freePorts();
    const { command, files } = proxy.setUp(ports, folder);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await using peer = new Peer(command);
    for (const port of [ports.plain, ports.tls, ports.web, ports.page]) {
      await listens(port, peer);
    }
    for (const { name, mode, full } of cases) {
      await using backend = new Peer([
        ...program,
        interopFile("proxies/backend.ts"),
        String(ports.backend),
      ]);
      await backend.port();
      const { success, end, output } = await runCommand([
        ...program,
        interopFile("proxies/client.ts"),
        JSON.stringify(ports),
        name,
        ...(mode === "TLS" ? [interopFile("../certs/ca_cert.pem")] : []),
      ], CASE_TIMEOUT_MS);
      yield {
        name: full,
        error: success
          ? undefined
          : `${end}\n${output.slice(0, 3000)}\nproxy: ${peer.log.slice(-1000)}`,
      };
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Ports that were free a moment ago, all at the same time. */
function freePorts(): Ports {
  const listeners = new Map<string, Deno.Listener>();
  const take = (name: string): number => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    listeners.set(name, listener);
    return (listener.addr as Deno.NetAddr).port;
  };
  const ports: Ports = {
    backend: take("backend"),
    nothing: take("nothing"),
    plain: take("plain"),
    tls: take("tls"),
    web: take("web"),
    down: take("down"),
    notFound: take("notFound"),
    page: take("page"),
  };
  for (const listener of listeners.values()) listener.close();
  return ports;
}

/** "nginx 1.22.1, all ten RPCs, TLS" is a case of the row "all ten RPCs". */
function placeOf(name: string): Place {
  const [, table, row, operation] = /^([^,]*), (.*), (.*)$/.exec(name)!;
  return { table: table!, row: row!, operation: operation! };
}
