/**
 * TLS and mutual TLS, with several certificates on the server.
 *
 * @module
 */
import {
  type ClientTlsOptions,
  connect,
  type FlightClient,
  FlightError,
} from "../../../../mod.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { checkBigBatch } from "../../load/big_stream.ts";
import { act, type CaseContext, type Cases, ticket } from "./case.ts";

const CERTS = new URL("../../../certs/", import.meta.url);

function file(name: string) {
  return { file: new URL(`${name}.pem`, CERTS) };
}

const ROOTS = { rootCertificates: file("ca_cert") };
const WORKER = {
  certificateChain: file("worker_cert"),
  privateKey: file("worker_key"),
};

/** Calls a server with TLS. */
async function over(
  { client }: CaseContext,
  server: "tls" | "mutual",
  tls: ClientTlsOptions,
  use: (client: FlightClient) => Promise<void> = read,
): Promise<void> {
  const ports = JSON.parse((await act(client, "TLS ports"))!);
  await using secure = connect(`grpc+tls://localhost:${ports[server]}`, {
    tls,
  });
  await use(secure);
}

async function read(client: FlightClient): Promise<void> {
  let count = 0;
  for await (const batch of client.doGet(ticket("big", 8, "tls"))) {
    checkBigBatch(batch, count++);
  }
  assertEquals(count, 8);
}

async function isRefused(call: Promise<void>): Promise<void> {
  const error = await assertRejects(() => call, FlightError);
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
}

/** The cases. */
export const TLS_CASES: Cases = {
  "TLS": (context) => over(context, "tls", ROOTS),
  "TLS refused": async (context) => {
    await isRefused(over(context, "tls", {}));
    await isRefused(
      over(context, "tls", { rootCertificates: file("other_ca_cert") }),
    );
    await isRefused(
      over(context, "tls", { ...ROOTS, hostnameOverride: "other.test" }),
    );
  },
  "TLS unverified": (context) =>
    over(context, "tls", { insecureSkipVerify: true }),
  "TLS by another name": (context) =>
    over(context, "tls", { ...ROOTS, hostnameOverride: "flight.test" }),
  "TLS with the certificate of a host": (context) =>
    over(context, "tls", {
      rootCertificates: file("other_ca_cert"),
      hostnameOverride: "sni.test",
    }),
  "mutual TLS": (context) =>
    over(context, "mutual", { ...ROOTS, ...WORKER }, async (client) => {
      const identity = await act(client, "certificate");
      assertEquals(identity, "spiffe://flight.test/worker");
      await read(client);
    }),
  "mutual TLS refused": async (context) => {
    await isRefused(over(context, "mutual", ROOTS));
    await isRefused(
      over(context, "mutual", {
        ...ROOTS,
        certificateChain: file("client_cert"),
        privateKey: file("client_key"),
      }),
    );
  },
};
