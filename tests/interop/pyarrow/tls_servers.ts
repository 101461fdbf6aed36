/**
 * Servers with TLS and with mutual TLS beside the one in plain text, which tells
 * their ports: the action `TLS ports`.
 *
 * @module
 */
import { type FlightService, serve } from "../../../mod.ts";

/** Folder of the certificates, of which the servers have several. */
const CERTS = new URL("../../certs/", import.meta.url);

function pair(name: string) {
  return {
    certificateChain: { file: new URL(`${name}_cert.pem`, CERTS) },
    privateKey: { file: new URL(`${name}_key.pem`, CERTS) },
  };
}

/**
 * Starts the servers with TLS.
 *
 * @param service The service.
 * @returns The same service, which also tells their ports.
 */
export async function withTlsServers(
  service: FlightService,
): Promise<FlightService> {
  const tls = { ...pair("server"), sniCertificates: [pair("sni")] };
  const other: FlightService = {
    ...service,
    doAction: (action, context) =>
      action.type === "certificate"
        // As C++ has it in peer_identity.
        ? [{ body: bytes(context.peerCertificate!.subjectAltNames[0]!.value) }]
        : service.doAction!(action, context),
  };
  const secure = await serve(other, { tls });
  const clientRootCertificates = {
    file: new URL("other_ca_cert.pem", CERTS),
  };
  const mutual = await serve(other, {
    tls: { ...tls, clientRootCertificates },
  });
  const ports = JSON.stringify({ tls: secure.port, mutual: mutual.port });
  return {
    ...service,
    doAction: (action, context) =>
      action.type === "TLS ports"
        ? [{ body: bytes(ports) }]
        : service.doAction!(action, context),
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
