/**
 * gRPC-Web: clients that are not ours with our handler, and our client with a proxy
 * and a server that are not ours.
 *
 * @module
 */
import type { Options } from "../options.ts";
import { RUST, TONIC_WEB_VERSION } from "../peers/rust.ts";
import { freePort, listens } from "../programs/ports.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { reportedCases } from "../programs/reported_cases.ts";
import {
  CONNECT_WEB_VERSION,
  findGrpcwebproxy,
  findWebPackages,
  GRPC_WEB_VERSION,
  GRPCWEBPROXY_VERSION,
  grpcwebproxyCommand,
} from "../web/web_programs.ts";
import type { Column, Missing, Outcome, Part, Place } from "./part.ts";

/** Titles of the tables by the names of the clients, of the proxy, and of the server. */
const TITLES: Readonly<Record<string, string>> = {
  "connect-web":
    `flightHandler with @connectrpc/connect-web ${CONNECT_WEB_VERSION}`,
  "grpc-web": `flightHandler with grpc-web ${GRPC_WEB_VERSION}`,
  "grpcwebproxy": `connectWeb with grpcwebproxy ${GRPCWEBPROXY_VERSION}`,
  "tonic-web": `connectWeb with tonic-web ${TONIC_WEB_VERSION}`,
};

/** Makes the part. */
export async function webPart({ runtimes }: Options): Promise<Part> {
  const missing: Missing[] = [];
  const packages = await findWebPackages();
  if ("problem" in packages) {
    const what =
      "connect-web or grpc-web, and with it every test of our handler with them,";
    missing.push({ what, problem: packages.problem });
  }
  const proxy = await findGrpcwebproxy();
  if ("problem" in proxy) {
    const what = "grpcwebproxy, and with it every test of our client with it,";
    missing.push({ what, problem: proxy.problem });
  }
  const rust = await RUST.find();
  if ("problem" in rust) {
    const what = "tonic-web, and with it every test of our client with it,";
    missing.push({ what, problem: rust.problem });
  }
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await programOf(runtime);
    const column: Column = {
      title: RUNTIME_NAMES[runtime],
      async *run(filter) {
        if ("folder" in packages) {
          yield* runClients(program, packages.folder, filter);
        }
        if ("path" in proxy) yield* runProxy(program, proxy.path, filter);
        if ("web" in rust) yield* runTonicWeb(program, rust.web!, filter);
      },
    };
    return column;
  }));
  return { columns, missing, tables: Object.values(TITLES), place: placeOf };
}

async function* runClients(
  program: readonly string[],
  folder: string,
  filter: string,
): AsyncGenerator<Outcome> {
  for (const name of ["connect-web", "grpc-web"]) {
    await using server = new Peer([
      ...program,
      interopFile("web/web_server.ts"),
      "handler",
    ]);
    await using client = new Peer([
      ...program,
      interopFile("web/web_client.ts"),
      name,
      await server.port(),
      folder,
      filter,
    ]);
    yield* reportedCases(client, server);
  }
}

async function* runProxy(
  program: readonly string[],
  path: string,
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = new Peer([
    ...program,
    interopFile("web/web_server.ts"),
    "http2",
  ]);
  const port = freePort();
  await using proxy = new Peer(
    grpcwebproxyCommand(path, await server.port(), port),
  );
  await listens(port, proxy);
  await using client = new Peer([
    ...program,
    interopFile("web/web_client.ts"),
    "grpcwebproxy",
    String(port),
    "",
    filter,
  ]);
  yield* reportedCases(client, server);
}

async function* runTonicWeb(
  program: readonly string[],
  command: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = new Peer([...command, "--port=0"]);
  await using client = new Peer([
    ...program,
    interopFile("web/web_client.ts"),
    "tonic-web",
    await server.port(),
    "",
    filter,
  ]);
  yield* reportedCases(client, server);
}

/** "grpc-web: unary, text" is a case of the row "unary"; other rows have one case. */
function placeOf(name: string): Place {
  const [, client, row, operation = ""] = /^([^:]*): (.*?)(?:, (text|binary))?$/
    .exec(name)!;
  return { table: TITLES[client!]!, row: row!, operation };
}
