/** Certificates of TLS: from files, for several hosts, renewed, and of clients. */

import { Buffer } from "node:buffer";
import {
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import { pathToFileURL } from "node:url";

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

import type { PeerCertificate } from "../../internal/core/peer_certificate.ts";
import type {
  ClientTlsOptions,
  ServerTlsOptions,
} from "../../internal/core/tls_options.ts";
import type {
  CallHandler,
  ServerTransport,
} from "../../internal/seam/transport.ts";
import { certified, der, pem } from "../support/certs.ts";
import { echo, flightError, request } from "../support/transport/call_parts.ts";
import { message } from "../support/transport/messages.ts";
import { rest, values } from "../support/transport/test_source.ts";
import { tcp } from "../support/transport/tested_transport.ts";
import type { TestedTransport } from "../support/transport/tested_transport.ts";

const CERTS = new URL("../certs/", import.meta.url);

/** Registers the tests for one transport. */
export function testTlsCertificates(
  { clientTransport, serverTransport, test }: TestedTransport,
): void {
  const roots = { rootCertificates: pem("ca_cert") };
  const otherRoots = { rootCertificates: pem("other_ca_cert") };

  /** A server on a free port of this machine. */
  async function server(
    tls: ServerTlsOptions,
    handler: CallHandler = echo,
  ): Promise<ServerTransport & AsyncDisposable> {
    const transport = await serverTransport(handler, {
      hostname: "127.0.0.1",
      port: 0,
      tls,
    });
    return Object.assign(transport, {
      [Symbol.asyncDispose]: () => transport.shutdown(AbortSignal.abort()),
    });
  }

  function connect(port: number, tls: ClientTlsOptions, host = "localhost") {
    const client = clientTransport(
      { ...tcp(port, host), tls: true },
      { tls },
    );
    return {
      /** One call. */
      async works(): Promise<void> {
        const { messages } = client.call(
          request({ messages: values(message("x")) }),
        );
        assertEquals((await rest(messages)).length, 1);
      },
      [Symbol.asyncDispose]: () => client.close(),
    };
  }

  /** Reports whether a new client is served. */
  async function works(
    port: number,
    tls: ClientTlsOptions,
    host?: string,
  ): Promise<void> {
    await using client = connect(port, tls, host);
    await client.works();
  }

  async function isRefused(
    port: number,
    tls: ClientTlsOptions,
    host?: string,
  ): Promise<void> {
    await using client = connect(port, tls, host);
    const { code, origin } = await flightError(client.works());
    assertEquals([code, origin], ["UNAVAILABLE", "transport"]);
  }

  /** Waits until `act` succeeds. */
  async function eventually(act: () => Promise<void>): Promise<void> {
    const end = Date.now() + 20_000;
    while (true) {
      try {
        return await act();
      } catch (error) {
        if (Date.now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A folder with copies of certificates. */
  function folder(): Disposable & {
    path: (name: string) => string;
    copy: (from: string, to: string) => void;
  } {
    const path = mkdtempSync(join(tmpdir(), "flight_tls_"));
    return {
      path: (name) => join(path, `${name}.pem`),
      // In one step: the other end may be reading the file.
      copy: (from, to) => {
        copyFileSync(new URL(`${from}.pem`, CERTS), join(path, "new"));
        renameSync(join(path, "new"), join(path, `${to}.pem`));
      },
      [Symbol.dispose]: () => rmSync(path, { recursive: true }),
    };
  }

  test("certificates and keys may be in files", async () => {
    using files = folder();
    for (const name of ["ca_cert", "server_cert", "server_key"]) {
      files.copy(name, name);
    }
    await using t = await server({
      certificateChain: { file: files.path("server_cert") },
      privateKey: { file: pathToFileURL(files.path("server_key")) },
      clientRootCertificates: { file: files.path("ca_cert") },
    });
    await works(t.port, {
      rootCertificates: { file: files.path("ca_cert") },
      certificateChain: { file: new URL("client_cert.pem", CERTS) },
      privateKey: { file: new URL("client_key.pem", CERTS) },
    });
    await assertRejects(
      () => server({ ...certified("server"), privateKey: { file: "no.pem" } }),
      TypeError,
      "Cannot use option tls.privateKey: ENOENT",
    );
  });

  test("root certificates may be several", async () => {
    const both = { rootCertificates: pem("ca_cert") };
    both.rootCertificates = new Uint8Array([
      ...pem("other_ca_cert"),
      ...pem("ca_cert"),
    ]);
    for (const name of ["server", "renewed"]) {
      await using t = await server({
        ...certified(name),
        clientRootCertificates: both.rootCertificates,
      });
      await works(t.port, { ...both, ...certified("client") });
      await works(t.port, { ...both, ...certified("worker") });
    }
  });

  test("a client gets the certificate of the host that it asks for", async () => {
    await using t = await server({
      ...certified("server"),
      sniCertificates: [certified("sni"), certified("renewed")],
    });
    for (const hostnameOverride of ["sni.test", "a.wild.test"]) {
      await works(t.port, { ...otherRoots, hostnameOverride });
    }
    // The first that fits, not the one that also has the name.
    await works(t.port, { ...otherRoots, hostnameOverride: "flight.test" });
    // One that no certificate has, and none.
    await isRefused(t.port, {
      ...otherRoots,
      hostnameOverride: "b.a.wild.test",
    });
    await works(t.port, roots, "127.0.0.1");
    await isRefused(t.port, otherRoots, "127.0.0.1");
  });

  test("certificates for hosts are checked one by one", async () => {
    const cases: [ServerTlsOptions, string][] = [
      [
        {
          ...certified("server"),
          sniCertificates: [
            certified("sni"),
            { ...certified("renewed"), privateKey: pem("server_key") },
          ],
        },
        "tls.sniCertificates[1].privateKey: it does not belong",
      ],
      [
        { ...certified("server"), sniCertificates: [certified("client")] },
        "tls.sniCertificates[0].certificateChain: its first certificate has no",
      ],
    ];
    for (const [tls, reason] of cases) {
      await assertRejects(() => server(tls), TypeError, reason);
    }
    await assertRejects(
      () => server({ ...certified("server"), reloadIntervalMs: 0 }),
      RangeError,
      "Cannot use option tls.reloadIntervalMs: 0",
    );
  });

  test("setTls: new connections get new certificates, old ones go on", async () => {
    await using t = await server(certified("server"));
    await using before = connect(t.port, roots);
    await before.works();
    t.setTls({ ...certified("renewed"), sniCertificates: [certified("sni")] });
    await before.works();
    await works(t.port, otherRoots);
    await works(t.port, { ...otherRoots, hostnameOverride: "sni.test" });
    await isRefused(t.port, roots);
    t.setTls({ ...certified("server"), sniCertificates: [] });
    await works(t.port, roots);
    await isRefused(t.port, { ...otherRoots, hostnameOverride: "sni.test" });
  });

  test("setTls: who is trusted may change", async () => {
    await using t = await server({
      ...certified("server"),
      sniCertificates: [certified("sni")],
      clientRootCertificates: pem("ca_cert"),
    });
    const both = new Uint8Array([...pem("other_ca_cert"), ...pem("ca_cert")]);
    const trust = async (trusted: string, other: string) => {
      for (const hostnameOverride of ["localhost", "sni.test"]) {
        const tls = { rootCertificates: both, hostnameOverride };
        await works(t.port, { ...tls, ...certified(trusted) });
        await isRefused(t.port, { ...tls, ...certified(other) });
        await isRefused(t.port, tls);
      }
    };
    await trust("client", "worker");
    t.setTls({
      ...certified("server"),
      sniCertificates: [certified("sni")],
      clientRootCertificates: pem("other_ca_cert"),
    });
    await trust("worker", "client");
  });

  test("setTls: a session that is resumed is not trusted for it", async () => {
    await using t = await server({
      ...certified("server"),
      clientRootCertificates: pem("ca_cert"),
    });
    /**
     * Reports whether the server speaks HTTP/2 with a client, and its session.
     */
    const speaks = (session?: Uint8Array) =>
      new Promise<Uint8Array | undefined>((resolve) => {
        let last: Uint8Array = new Uint8Array();
        const socket = tls.connect({
          port: t.port,
          host: "127.0.0.1",
          servername: "localhost",
          ca: Buffer.from(pem("ca_cert")),
          cert: Buffer.from(pem("client_cert")),
          key: Buffer.from(pem("client_key")),
          ALPNProtocols: ["h2"],
          ...(session?.length ? { session: Buffer.from(session) } : {}),
        });
        socket.on("session", (session: Uint8Array) => last = session);
        socket.on("error", () => {}).on("close", () => resolve(undefined));
        socket.once("data", () => {
          resolve(last);
          socket.destroy();
        });
      });
    const session = await speaks();
    assert(session !== undefined);
    assert(await speaks(session) !== undefined);
    t.setTls({
      ...certified("server"),
      clientRootCertificates: pem("other_ca_cert"),
    });
    assertEquals(await speaks(session), undefined);
  });

  test("setTls refuses what cannot be used, and changes nothing", async () => {
    await using t = await server(certified("server"));
    const cases: [ServerTlsOptions, string][] = [
      [
        { ...certified("renewed"), privateKey: pem("server_key") },
        "tls.privateKey: it does not belong",
      ],
      [
        {
          ...certified("renewed"),
          sniCertificates: [{ ...certified("sni"), privateKey: "x" }],
        },
        "tls.sniCertificates[0].privateKey: it is not a private key",
      ],
      [
        { ...certified("renewed"), clientRootCertificates: pem("ca_cert") },
        "tls.clientRootCertificates: while a server runs",
      ],
    ];
    for (const [tls, reason] of cases) {
      assertThrows(() => t.setTls(tls), TypeError, reason);
    }
    await works(t.port, roots);
    const plain = await serverTransport(echo, {
      hostname: "127.0.0.1",
      port: 0,
    });
    assertThrows(
      () => plain.setTls(certified("server")),
      TypeError,
      "Cannot use option tls: the server has no TLS",
    );
    await plain.shutdown(AbortSignal.abort());
  });

  test("certificates: a server reads files again that have changed", async () => {
    using files = folder();
    files.copy("server_cert", "cert");
    files.copy("server_key", "key");
    const problems: string[] = [];
    await using t = await server({
      certificateChain: { file: files.path("cert") },
      privateKey: { file: files.path("key") },
      reloadIntervalMs: 20,
      onReloadError: ({ message }) => void problems.push(message),
    });
    await using before = connect(t.port, roots);
    await before.works();
    // One file comes after the other: until both are there, the old ones hold.
    files.copy("renewed_cert", "cert");
    await eventually(async () => {
      await works(t.port, roots);
      assert(problems.length > 0);
    });
    files.copy("renewed_key", "key");
    await eventually(() => works(t.port, otherRoots));
    await isRefused(t.port, roots);
    await before.works();
    rmSync(files.path("key"));
    await eventually(async () => {
      await works(t.port, otherRoots);
      assert(problems.length > 1);
    });
    // Each problem is told once, however often it is met.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assertEquals(problems.length, 2);
    assertStringIncludes(problems[0]!, "tls.privateKey: it does not belong");
    assertMatch(problems[1]!, /tls\.privateKey: ENOENT/);
  });

  test("certificates: a client reads its files again for each connection", async () => {
    using files = folder();
    files.copy("client_cert", "cert");
    files.copy("client_key", "key");
    files.copy("ca_cert", "roots");
    const problems: string[] = [];
    const first = await server({
      ...certified("server"),
      clientRootCertificates: pem("ca_cert"),
    });
    const { port } = first;
    await using client = connect(port, {
      certificateChain: { file: files.path("cert") },
      privateKey: { file: files.path("key") },
      rootCertificates: { file: files.path("roots") },
      onReloadError: ({ message }) => void problems.push(message),
    });
    await client.works();
    await first.shutdown(AbortSignal.abort());
    files.copy("worker_cert", "cert");
    files.copy("worker_key", "key");
    files.copy("other_ca_cert", "roots");
    const renewed = {
      ...certified("renewed"),
      clientRootCertificates: pem("other_ca_cert"),
    };
    const second = await serverTransport(echo, {
      hostname: "127.0.0.1",
      port,
      tls: renewed,
    });
    await eventually(() => client.works());
    assertEquals(problems, []);
    await second.shutdown(AbortSignal.abort());
    // The earlier certificates stay in use.
    writeFileSync(files.path("cert"), "half a certi");
    const third = await serverTransport(echo, {
      hostname: "127.0.0.1",
      port,
      tls: renewed,
    });
    await eventually(() => client.works());
    assertMatch(problems[0]!, /tls\.certificateChain: it is not a certificate/);
    await third.shutdown(AbortSignal.abort());
  });

  test("a handler knows the certificate of its client", async () => {
    const seen: (PeerCertificate | undefined)[] = [];
    const handler: CallHandler = (request) => {
      seen.push(request.peerCertificate);
      return echo(request);
    };
    await using t = await server({
      ...certified("server"),
      clientRootCertificates: pem("other_ca_cert"),
    }, handler);
    const tls = { ...roots, ...certified("worker") };
    await using client = connect(t.port, tls);
    await client.works();
    await client.works();
    const [certificate, again] = seen;
    assertEquals(certificate, again);
    assertEquals(
      certificate?.subject,
      "CN=worker,OU=Data+UID=7,O=Example\\, Inc.",
    );
    assertEquals(certificate?.commonName, "worker");
    assertEquals(certificate?.issuer, "CN=flight-other-ca");
    assertEquals(certificate?.subjectAltNames[0], {
      type: "URI",
      value: "spiffe://flight.test/worker",
    });
    assertEquals(certificate?.der, der("worker"));
    assertEquals(
      certificate?.pem,
      new TextDecoder().decode(pem("worker_cert")),
    );
    assertEquals(
      certificate?.fingerprint256,
      "E5:BF:ED:F6:B3:A4:9E:13:28:FA:B6:2C:7F:5C:C4:E0:" +
        "AD:40:6D:0B:45:62:67:41:D6:3E:70:DD:7F:D9:B2:A5",
    );
    assert(certificate!.validFrom < new Date());
    assert(certificate!.validTo > new Date());

    // If none is demanded, none is believed.
    await using open = await server(certified("server"), handler);
    await works(open.port, tls);
    assertEquals(seen.length, 3);
    assertEquals(seen[2], undefined);
  });
}
