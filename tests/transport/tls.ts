/** TLS: what every transport over a network must do. */

import * as net from "node:net";

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

import type { ClientTlsOptions } from "../../internal/core/tls_options.ts";
import { certified, pem } from "../support/certs.ts";
import { block, message } from "../support/transport/messages.ts";
import { echo, flightError, request } from "../support/transport/call_parts.ts";
import { type Pair, tcp } from "../support/transport/tested_transport.ts";
import { rest, values } from "../support/transport/test_source.ts";
import type { TestedTransport } from "../support/transport/tested_transport.ts";

/** Registers the tests for one transport. */
export function testTls(
  { clientTransport, pair, serverTransport, test }: TestedTransport,
): void {
  const rootCertificates = pem("ca_cert");
  const server = certified("server");

  /** A server with TLS, and a client with these options. */
  function tlsPair(
    client: ClientTlsOptions,
    { mutual = false, hostname = "localhost" } = {},
  ): Promise<Pair> {
    return pair(echo, {
      hostname,
      server: {
        tls: mutual
          ? { ...server, clientRootCertificates: rootCertificates }
          : server,
      },
      client: { tls: client },
    });
  }

  async function works({ client }: Pair): Promise<void> {
    const response = client.call(
      request({ messages: values(message("x"), block(1 << 20)) }),
    );
    assertEquals((await rest(response.messages)).length, 2);
  }

  async function isRefused({ client }: Pair, reason: RegExp): Promise<void> {
    const error = await flightError(client.call(request()).messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertMatch(error.details, /^cannot connect to grpc\+tls:/);
    assertMatch(error.details, reason);
  }

  test("TLS works, with certificates as text or bytes", async () => {
    await using t = await tlsPair({ rootCertificates });
    assert(t.server.uri.startsWith("grpc+tls://127.0.0.1:"));
    await works(t);
    await using u = await tlsPair({
      rootCertificates: new TextDecoder().decode(rootCertificates),
    });
    await works(u);
  });

  test("TLS works with an IP address that the certificate names", async () => {
    await using t = await tlsPair({ rootCertificates }, {
      hostname: "127.0.0.1",
    });
    await works(t);
  });

  test("TLS: a certificate of an unknown authority is refused", async () => {
    await using t = await tlsPair({});
    await isRefused(t, /certificate|issuer|self.signed/i);
  });

  test("TLS: a certificate of another host is refused", async () => {
    await using t = await tlsPair({
      rootCertificates,
      hostnameOverride: "other.test",
    });
    await isRefused(t, /other\.test/);
  });

  test("TLS: hostnameOverride names the host of the certificate", async () => {
    await using t = await tlsPair({
      rootCertificates,
      hostnameOverride: "flight.test",
    });
    await works(t);
  });

  test("TLS: hostnameOverride may be an IP address", async () => {
    await using t = await tlsPair({
      rootCertificates,
      hostnameOverride: "::1",
    });
    await works(t);
    await using u = await tlsPair({
      rootCertificates,
      hostnameOverride: "192.0.2.1",
    });
    await isRefused(u, /192\.0\.2\.1/);
  });

  test("TLS: insecureSkipVerify accepts any certificate", async () => {
    await using t = await tlsPair({ insecureSkipVerify: true });
    await works(t);
  });

  test("mutual TLS accepts a client with a certificate", async () => {
    await using t = await tlsPair({
      rootCertificates,
      ...certified("client"),
    }, { mutual: true });
    await works(t);
  });

  test("mutual TLS refuses a client without a certificate", async () => {
    await using t = await tlsPair({ rootCertificates }, { mutual: true });
    const error = await flightError(t.client.call(request()).messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  });

  function damaged(label: string, head = ""): string {
    return `-----BEGIN ${label}-----\n${head}AAAA\n-----END ${label}-----\n`;
  }

  test("TLS: certificates and keys that cannot be used are refused", async () => {
    const address = { ...tcp(1), tls: true };
    const other = pem("client_key");
    const cases: [ClientTlsOptions, string][] = [
      [
        { rootCertificates: "x" },
        "tls.rootCertificates: it is not a certificate in PEM: it has no BEGIN line",
      ],
      [
        { rootCertificates: new Uint8Array() },
        "tls.rootCertificates: it is not a certificate in PEM: it is empty",
      ],
      [
        { rootCertificates: "/etc/ssl/ca.pem" },
        'it has no BEGIN line; a file is given as { file: "…" }',
      ],
      [
        { rootCertificates: Uint8Array.of(0x30, 0x82, 1, 2) },
        "it is not a certificate in PEM: it is binary, like DER and PKCS #12",
      ],
      [
        { rootCertificates: pem("server_key") },
        'it is not a certificate in PEM: it has "BEGIN PRIVATE KEY"',
      ],
      [
        { rootCertificates: damaged("CERTIFICATE") },
        "it is not a certificate in PEM: the text is damaged",
      ],
      [
        { ...server, privateKey: pem("encrypted_key") },
        "tls.privateKey: it is encrypted, which is not supported: decrypt it",
      ],
      [
        {
          ...server,
          privateKey: damaged("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\n"),
        },
        "tls.privateKey: it is encrypted, which is not supported: decrypt it",
      ],
      [
        { ...server, privateKey: pem("server_cert") },
        'it is not a private key in PEM: it has "BEGIN CERTIFICATE"',
      ],
      [
        { ...server, privateKey: damaged("PUBLIC KEY") },
        'it is not a private key in PEM: it has "BEGIN PUBLIC KEY"',
      ],
      [
        { ...server, privateKey: damaged("PRIVATE KEY") },
        "tls.privateKey: it is not a private key in PEM: the text is damaged",
      ],
      [
        { ...server, certificateChain: "x" },
        "tls.certificateChain: it is not a",
      ],
      [
        { ...server, privateKey: "x" },
        "tls.privateKey: it is not a private key",
      ],
      [
        { ...server, privateKey: other },
        "tls.privateKey: it does not belong to",
      ],
      [{ privateKey: other }, "belong together"],
      [
        { insecureSkipVerify: "false" as unknown as boolean },
        'tls.insecureSkipVerify: "false" is not true or false',
      ],
      [
        { rootCertificates: { file: "no/such/file.pem" } },
        "tls.rootCertificates: ENOENT",
      ],
      [
        { rootCertificates: 7 as unknown as string },
        "tls.rootCertificates: it is neither text nor bytes nor a file",
      ],
      [
        { rootCertificates: null as unknown as string },
        "tls.rootCertificates: it is neither text nor bytes nor a file",
      ],
    ];
    for (const [tls, reason] of cases) {
      assertThrows(
        () => clientTransport(address, { tls }),
        TypeError,
        reason,
      );
    }
    await assertRejects(
      () =>
        serverTransport(echo, {
          hostname: "127.0.0.1",
          port: 0,
          tls: { ...server, privateKey: other },
        }),
      TypeError,
      "tls.privateKey: it does not belong to",
    );
  });

  test("a plain-text client of a TLS server fails, and does no harm", async () => {
    await using t = await tlsPair({ rootCertificates });
    const plain = clientTransport(tcp(t.server.port, "localhost"), {
      connectTimeoutMs: 1000,
    });
    const error = await flightError(plain.call(request()).messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertStringIncludes(error.details, "use a grpc+tls location");
    await plain.close();
    await works(t);
  });

  test("a TLS client of a plain-text server fails, and does no harm", async () => {
    await using t = await pair(echo);
    const secure = clientTransport({ ...tcp(t.server.port), tls: true }, {
      tls: { rootCertificates },
      connectTimeoutMs: 1000,
    });
    const error = await flightError(secure.call(request()).messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertStringIncludes(error.details, "cannot connect to grpc+tls://");
    await secure.close();
    await works(t);
  });

  test("TLS: a handshake that is never finished does not delay a shutdown", async () => {
    const t = await tlsPair({ rootCertificates });
    const socket = net.connect(t.server.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    await works(t);
    await t.client.close();
    await t.server.shutdown(AbortSignal.abort());
    socket.destroy();
  });
}
