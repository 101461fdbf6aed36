/** TLS through the public interface; tests/transport/tls*.ts have the rest. */

import { test } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  connect,
  FlightError,
  type FlightService,
  type PeerCertificate,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { certified, pem } from "../support/certs.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

/** A service that tells who calls. */
function registrar(): {
  service: FlightService;
  seen: (PeerCertificate | undefined)[];
} {
  const seen: (PeerCertificate | undefined)[] = [];
  return {
    seen,
    service: {
      doAction(_action, { peerCertificate }) {
        seen.push(peerCertificate);
        if (peerCertificate?.commonName === "flight-client") {
          throw new FlightError("PERMISSION_DENIED", "not you");
        }
        return [];
      },
    },
  };
}

for (const [transportName, transport] of TRANSPORTS) {
  test(`TLS of a server: a service sees the certificate of its client (${transportName})`, async () => {
    const { service, seen } = registrar();
    const roots = new Uint8Array([...pem("ca_cert"), ...pem("other_ca_cert")]);
    await using server = await serve(service, {
      transport,
      tls: { ...certified("server"), clientRootCertificates: roots },
    });
    const act = async (name: string) => {
      await using client = connect(server.location, {
        transport,
        tls: { rootCertificates: roots, ...certified(name) },
      });
      await Array.fromAsync(client.doAction({ type: "a" }));
    };
    await act("worker");
    const error = await assertRejects(() => act("client"), FlightError);
    assertEquals(error.code, "PERMISSION_DENIED");
    assertEquals(seen.map((certificate) => certificate?.commonName), [
      "worker",
      "flight-client",
    ]);
  });

  test(`TLS of a server: the certificates of a server are replaced (${transportName})`, async () => {
    await using server = await serve({}, {
      transport,
      tls: certified("server"),
    });
    const code = async (name: string) => {
      await using client = connect(server.location, {
        transport,
        tls: { rootCertificates: pem(name) },
      });
      const error = await assertRejects(
        () => Array.fromAsync(client.listActions()),
        FlightError,
      );
      return error.code;
    };
    assertEquals(await code("ca_cert"), "UNIMPLEMENTED");
    assertEquals(await code("other_ca_cert"), "UNAVAILABLE");
    server.setTls(certified("renewed"));
    assertEquals(await code("ca_cert"), "UNAVAILABLE");
    assertEquals(await code("other_ca_cert"), "UNIMPLEMENTED");
    assertThrows(
      () => server.setTls({ ...certified("server"), privateKey: "x" }),
      TypeError,
      "tls.privateKey",
    );
  });
}

test("without TLS there is no certificate", async () => {
  const { service, seen } = registrar();
  await using server = await serve(service);
  for (const client of [connect(server.location), connectInMemory(service)]) {
    await Array.fromAsync(client.doAction({ type: "a" }));
    await client.close();
  }
  assertEquals(seen, [undefined, undefined]);
});
