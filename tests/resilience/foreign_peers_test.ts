/** Servers that do not speak what a client expects: each error says what they speak. */

import * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";

import { connect, type ConnectOptions, FlightError } from "@contrail/flight";
import { assert, assertEquals, assertMatch } from "@std/assert";

import { pem } from "../support/certs.ts";
import { grpcJs } from "@contrail/flight/grpc-js";
import { TRANSPORTS } from "../support/transport_named.ts";

/** Returns the error of a call to such a server. */
async function errorOf(
  server: net.Server,
  scheme: string,
  options: ConnectOptions,
): Promise<FlightError> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("secureConnection", (socket) => socket.on("error", () => {}));
  server.on("tlsClientError", () => {});
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as net.AddressInfo;
  const client = connect(`${scheme}://127.0.0.1:${port}`, {
    connectTimeoutMs: 60_000,
    ...options,
  });
  try {
    const error = await Array.fromAsync(client.listFlights()).then(
      () => new Error("the call has succeeded"),
      (error) => error,
    );
    assert(FlightError.is(error), String(error));
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assertMatch(
      error.details,
      new RegExp(
        `^cannot connect to grpc\\+t\\w\\w://127\\.0\\.0\\.1:${port}: `,
      ),
    );
    return error;
  } finally {
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  }
}

/** A server that says something as soon as it is asked, or at once. */
function saying(
  bytes: string | Uint8Array,
  { atOnce = false, ends = true } = {},
): net.Server {
  return net.createServer((socket) => {
    const say = () => ends ? socket.end(bytes) : socket.write(bytes);
    if (atOnce) say();
    socket.on("data", () => {
      if (!atOnce) say();
    });
  });
}

const IS_NODE = !("Deno" in globalThis || "Bun" in globalThis);

/** Error of a server that has said nothing. */
const SILENT =
  /, before any HTTP\/2 frame: it may speak TLS \(use a grpc\+tls location\), or have too many connections$/;

/** Plain text: what a server does, and what the error says with the transport http2. */
const PLAIN: Record<string, [server: () => net.Server, text: RegExp]> = {
  "an HTTP/1.1 server": [
    () => saying("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\nno"),
    /: it speaks HTTP\/1\.1, not HTTP\/2: it sent "HTTP\/1\.1 400 Bad Request"$/,
  ],
  "an HTTP/1.1 server that stays": [
    () => saying("HTTP/1.1 404 Not Found\r\n\r\n", { ends: false }),
    /: it speaks HTTP\/1\.1, not HTTP\/2: it sent "HTTP\/1\.1 404 Not Found"$/,
  ],
  "an SMTP server": [
    () => saying("220 mail.test ESMTP\r\n", { atOnce: true, ends: false }),
    /: it does not speak HTTP\/2: it sent "220 mail\.test ESMTP"$/,
  ],
  "a server that says less than a frame": [
    () => saying("hi\r\n", { atOnce: true }),
    /: it does not speak HTTP\/2: it sent "hi"$/,
  ],
  "a server that writes to the terminal": [
    () => saying("\u001b[2J".padStart(300, "x"), { ends: false }),
    /: it sent "x{100}…"$|does not speak HTTP\/2: it begins with 78 78/,
  ],
  "a database": [
    () => saying(Uint8Array.of(0x4a, 0, 0, 0, 10, 0x38, 0x2e, 0x30, 0x2e, 0)),
    /: it does not speak HTTP\/2: it begins with 4a 00 00 00 0a 38 2e 30 2e 00$/,
  ],
  "a server with TLS": [
    () => tls.createServer({ ...pair("server"), ALPNProtocols: ["h2"] }),
    // A server on Node.js closes the connection without an alert.
    IS_NODE ? SILENT : /: it speaks TLS: use a grpc\+tls location$/,
  ],
  "an HTTP/2 server without SETTINGS": [
    () =>
      saying(Uint8Array.of(0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
    /: a preface without SETTINGS \(PROTOCOL_ERROR\)$/,
  ],
  "a server that closes the connection": [
    () => net.createServer((socket) => socket.destroy()),
    SILENT,
  ],
};

function pair(name: string): { cert: string; key: string } {
  return { cert: text(`${name}_cert`), key: text(`${name}_key`) };
}

function text(name: string): string {
  return new TextDecoder().decode(pem(name));
}

for (const [what, [server, text]] of Object.entries(PLAIN)) {
  test(`connect: ${what} is named as such (http2)`, async () => {
    assertMatch((await errorOf(server(), "grpc", {})).details, text);
  });

  test(`connect: ${what} is told apart from a network that fails (grpc-js)`, async () => {
    const { details } = await errorOf(server(), "grpc", {
      transport: grpcJs(),
    });
    // node:http2 does not give away what the server says.
    assertMatch(
      details,
      /it did not answer in HTTP\/2; it may speak HTTP\/1\.1, or TLS|EPIPE|ECONNRESET|socket hang up|Socket closed|was lost/i,
    );
  });
}

/** With TLS: what a server does, and what the error says. */
const TLS: Record<string, [server: () => net.Server, text: RegExp]> = {
  "an HTTP/1.1 server without TLS": [
    () => saying("HTTP/1.1 400 Bad Request\r\n\r\n"),
    /: it does not speak TLS: use a grpc\+tcp location/,
  ],
  "an SMTP server": [
    () => saying("220 mail.test ESMTP\r\n", { atOnce: true, ends: false }),
    /: it does not speak TLS: use a grpc\+tcp location/,
  ],
  "a server that closes the connection": [
    () => saying(""),
    /: the server closed the connection in the TLS handshake; if it does not speak TLS/,
  ],
  "a certificate that has expired": [
    () => tls.createServer({ ...pair("expired"), ALPNProtocols: ["h2"] }),
    /: the certificate of the server has expired: it was valid until 2021-01-01T00:00:00\.000Z$/,
  ],
  "a certificate that is not valid yet": [
    () => tls.createServer({ ...pair("future"), ALPNProtocols: ["h2"] }),
    /: the certificate of the server is not valid yet: it is valid from 2126-01-01T00:00:00\.000Z on$/,
  ],
  "a certificate of another authority": [
    () => tls.createServer({ ...pair("server"), ALPNProtocols: ["h2"] }),
    /: the certificate of the server, issued by "flight-test-ca", leads to no root that this client trusts \(option tls\.rootCertificates\)/,
  ],
  "a server that has HTTP/1.1 only": [
    () => tls.createServer({ ...pair("server"), ALPNProtocols: ["http/1.1"] }),
    /: the server does not offer HTTP\/2 \(ALPN h2\)/,
  ],
  "a server without ALPN": [
    () => tls.createServer(pair("renewed")),
    /: the server does not offer HTTP\/2 \(ALPN h2\)$/,
  ],
  "a server that demands a certificate of the client": [
    () =>
      tls.createServer({
        ...pair("renewed"),
        ALPNProtocols: ["h2"],
        ca: text("ca_cert"),
        requestCert: true,
        rejectUnauthorized: true,
      }),
    /: the server demands a certificate of the client \(options tls\.certificateChain and tls\.privateKey\)/,
  ],
  "a server of other versions of TLS": [
    () => saying(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70)),
    /: the server refuses the versions of TLS that this runtime has/,
  ],
};

/** Roots of the certificates that are trusted here. */
const rootCertificates = `${text("dates_ca_cert")}\n${text("other_ca_cert")}`;

for (const [transportName, transport] of TRANSPORTS) {
  for (const [what, [server, text]] of Object.entries(TLS)) {
    test(`connect: with TLS, ${what} is named as such (${transportName})`, async () => {
      const { details } = await errorOf(server(), "grpc+tls", {
        transport,
        tls: { rootCertificates },
      });
      assertMatch(details, text);
    });
  }

  test(`connect: a certificate of another host is named as such (${transportName})`, async () => {
    const server = tls.createServer({
      ...pair("renewed"),
      ALPNProtocols: ["h2"],
    });
    const { details } = await errorOf(server, "grpc+tls", {
      transport,
      tls: { rootCertificates, hostnameOverride: "elsewhere.test" },
    });
    assertMatch(
      details,
      /the certificate of the server is for another host \(option tls\.hostnameOverride\): .*elsewhere\.test/,
    );
  });
}
