import { after, before, describe, it } from "node:test";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as tls from "node:tls";
import { fileURLToPath } from "node:url";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { connect } from "@contrail/flight";
import { clientBasicAuth } from "@contrail/flight/auth";
import { flightSql } from "@contrail/flight/sql";
import { connectWeb, FlightError } from "@contrail/flight/web";
import { pem } from "../support/certs.ts";
import { RawHttp1, rawHttp1 } from "../support/http1/raw_client.ts";
import { http2Fetch } from "../support/http2/http2_fetch.ts";
import { flight, options, type Serving, startServing } from "./flight.ts";

const CERTS = fileURLToPath(new URL("../certs/", import.meta.url));

/** The page is built when it was not yet. */
const building = { ...options, timeout: 180_000 };

describe("flight serve --web", building, () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(`${tmpdir()}/flight_web_`);
    file = `${folder}/peaks.arrow`;
    const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
    await writeFile(file, tableToIPC(table, "file"));
  });
  after(() => rm(folder, { recursive: true }));

  it("serves a page, with a policy that lets in nothing else", async () => {
    await using page = await startPage(file);
    const response = await fetch(page.url);
    assertEquals(response.status, 200);
    const text = await response.text();
    assertStringIncludes(text, "<title>Flight Explorer</title>");
    const policy = response.headers.get("content-security-policy")!;
    const [, nonce] = /style-src 'self' 'nonce-([^']+)'/.exec(policy)!;
    assertStringIncludes(text, `nonce="${nonce}"`);
    assert(
      !policy.includes("unsafe-inline") && !policy.includes("'unsafe-eval"),
    );
    assertStringIncludes(policy, "default-src 'none'");
    assert(!/<script(?![^>]* src=)/.test(text));
    assert(!/ on[a-z]+="/.test(text));
    const again = await fetch(page.url);
    assert(!(await again.text()).includes(nonce!));
    for (const [, name] of text.matchAll(/(?:src|href)="([\w.]+)"/g)) {
      const { status, headers, body } = await fetch(new URL(name!, page.url));
      assertEquals([name, status], [name, 200]);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      await body?.cancel();
    }
    const { status, body } = await fetch(new URL("../etc/passwd", page.url));
    assertEquals(status, 404);
    await body?.cancel();
  });

  it("answers calls of the page: flights, tables and rows", async () => {
    await using page = await startPage(file);
    await using client = flightSql(connectWeb(page.url));
    const reader = client.flight.listFlights().getReader();
    const { value } = await reader.read();
    assertEquals(value?.descriptor, { type: "PATH", path: ["peaks"] });
    await reader.cancel();
    const tables = await client.tables({ includeSchema: true });
    assertEquals(tables.map(({ name }) => name).includes("peaks"), true);
    assertEquals(await client.query("SELECT sum(n) AS s FROM peaks"), [
      { s: 6n },
    ]);
  });

  it("tells pages of other origins nothing", async () => {
    await using page = await startPage(file);
    const path = "arrow.flight.protocol.FlightService/ListFlights";
    const response = await fetch(new URL(path, page.url), {
      method: "OPTIONS",
      headers: {
        origin: "https://other.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-grpc-web",
      },
    });
    assertEquals(response.headers.get("access-control-allow-origin"), null);
    await response.body?.cancel();
  });

  it("asks for users, as the server does", async () => {
    await using page = await startPage(file, "--user", "ada:1815");
    await using stranger = flightSql(connectWeb(page.url));
    const error = await assertRejects(() => stranger.tables(), FlightError);
    assertEquals(error.code, "UNAUTHENTICATED");
    await using client = flightSql(connectWeb(page.url, {
      interceptors: [clientBasicAuth({ username: "ada", password: "1815" })],
    }));
    assertEquals((await client.tables()).length > 0, true);
  });

  it("ends with Ctrl-C, also while a page reads", async () => {
    const page = await startPage(file);
    await using client = connectWeb(page.url);
    const info = await client.getFlightInfo("peaks");
    const reader = client.read(info).getReader();
    await reader.read();
    assertEquals(await page.serving.stop(), 0);
    await reader.cancel().catch(() => {});
  });

  it("is on the port of the server, with gRPC and WebSockets", async () => {
    await using page = await startPage(file);
    const { port } = new URL(page.url);
    const { location } = page.serving;
    assertEquals(new URL(location).port, port);
    await using grpc = connect(location);
    const flights = await Array.fromAsync(grpc.listFlights());
    assertEquals(flights[0]?.descriptor?.type, "PATH");
    await using client = flightSql(connectWeb(page.url, { webSocket: true }));
    const rows = await client.query("SELECT n FROM peaks WHERE n > ?", [2]);
    assertEquals(rows, [{ n: 3n }]);
    const health = await fetch(new URL("/healthz", page.url));
    assertEquals(await health.text(), "SERVING\n");
  });

  it("answers by the names of this machine alone, if it is for this machine", async () => {
    await using page = await startPage(file);
    const { port } = new URL(page.url);
    await using peer = await rawHttp1(Number(port));
    const path = "/arrow.flight.protocol.FlightService/ListFlights";
    const call = "content-type: application/grpc-web\r\ncontent-length: 0\r\n";
    for (const [target, more] of [["GET /", ""], [`POST ${path}`, call]]) {
      const statuses: number[] = [];
      for (const host of ["localhost", "127.0.0.1", "[::1]", "evil.example"]) {
        await peer.send(
          `${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n${more}\r\n`,
        );
        statuses.push((await peer.next()).status);
      }
      assertEquals(statuses, [200, 200, 200, 421]);
    }
  });

  it("serves the page with TLS too, over HTTP/2 and HTTP/1.1", async () => {
    await using page = await startPage(
      file,
      ...["--tls-cert", `${CERTS}server_cert.pem`],
      ...["--tls-key", `${CERTS}server_key.pem`],
    );
    assertEquals(new URL(page.url).protocol, "https:");
    const { port } = new URL(page.url);
    const url = `https://localhost:${port}/`;
    const title = "<title>Flight Explorer</title>";
    await using joined = http2Fetch(url, pem("ca_cert"));
    const response = await joined.fetch(new Request(url));
    assertStringIncludes(await response.text(), title);
    const socket = tls.connect({
      host: "localhost",
      port: Number(port),
      ca: [new TextDecoder().decode(pem("ca_cert"))],
      ALPNProtocols: ["http/1.1"],
    });
    await once(socket, "secureConnect");
    await using peer = new RawHttp1(socket);
    await peer.send(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    assertStringIncludes((await peer.next()).body, title);
  });

  it("comes from each worker", async () => {
    await using page = await startPage(file, "--workers", "2");
    for (let i = 0; i < 8; i++) {
      const headers = { connection: "close" };
      const response = await fetch(page.url, { headers });
      assertStringIncludes(await response.text(), "<title>Flight Explorer");
    }
    await using client = flightSql(connectWeb(page.url));
    assertEquals(await client.query("SELECT sum(n) AS s FROM peaks"), [
      { s: 6n },
    ]);
  });

  it("fails when its port is taken", async () => {
    await using page = await startPage(file);
    const { port } = new URL(page.url);
    const { code, stderr } = await flight(
      "serve",
      file,
      "--web",
      "--port",
      port,
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, port);
  });
});

interface ServedPage extends AsyncDisposable {
  readonly serving: Serving;
  readonly url: string;
}

/** Starts a server, and finds the second line of its output. */
async function startPage(...args: string[]): Promise<ServedPage> {
  const serving = await startServing(...args, "--web");
  const { program } = serving;
  const find = (): string | undefined =>
    /^Listening on \S+\nExplorer at (\S+)\n/.exec(program.stdout)?.[1];
  const url = find() ?? await new Promise<string>((resolve) => {
    program.child.stdout!.on("data", () => {
      const found = find();
      if (found !== undefined) resolve(found);
    });
  });
  return {
    serving,
    url,
    async [Symbol.asyncDispose]() {
      await serving.stop();
    },
  };
}
