/** The ends of connections of HTTP/2, with TLS or without. */

import type { GrpcAddress } from "../../../internal/protocol/location.ts";
import { certified, pem } from "../certs.ts";
import { HTTP2 } from "../transport/http2_transport.ts";
import { tested, type TestedTransport } from "../transport/tested_transport.ts";
import {
  rawClient,
  type RawPeer,
  type RawServer,
  rawServer,
} from "./raw_peer.ts";

/** What a file of tests connects with. */
export interface Ends {
  /** The transport. */
  readonly transport: TestedTransport;
  /** Connects a raw peer to a server. */
  rawClient(port: number): Promise<RawPeer>;
  /** Listens for clients. */
  rawServer(): Promise<RawServer>;
}

const PLAIN: Ends = { transport: HTTP2, rawClient, rawServer };

const SECURE: Ends = {
  transport: tested({
    name: "http2",
    clientTransport: (address, options) =>
      HTTP2.clientTransport({ ...address, tls: true } as GrpcAddress, {
        ...options,
        tls: { rootCertificates: pem("ca_cert") },
      }),
    serverTransport: (handler, options) =>
      HTTP2.serverTransport(handler, {
        ...options,
        tls: certified("server"),
      }),
  }),
  rawClient: (port) => rawClient(port, [], true),
  rawServer: () => rawServer([], undefined, true),
};

/**
 * Chooses the ends for a file of tests.
 *
 * @param url Its URL. It has the query `tls` where it was loaded for tests with TLS.
 */
export function endsOf(url: string): Ends {
  return url.endsWith("?tls") ? SECURE : PLAIN;
}
