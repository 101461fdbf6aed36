/**
 * The clients and the proxy of gRPC-Web that we are tested with, installed below `.cache/`.
 *
 * @module
 */
import {
  type InstalledPackages,
  npmPackages,
} from "../../../tools/npm_packages.ts";
import { findGoTool, type FoundGoTool } from "../programs/go_tools.ts";

/** The `@connectrpc/connect-web` that we are tested with. */
export const CONNECT_WEB_VERSION = "2.3.0";

/** The `grpc-web` that we are tested with. */
export const GRPC_WEB_VERSION = "2.1.1";

/** The grpcwebproxy that we are tested with. */
export const GRPCWEBPROXY_VERSION = "0.15.0";

const PACKAGES = {
  "@bufbuild/protobuf": "2.17.0",
  "@connectrpc/connect": CONNECT_WEB_VERSION,
  "@connectrpc/connect-web": CONNECT_WEB_VERSION,
  "grpc-web": GRPC_WEB_VERSION,
};

/** Finds the folder of the packages, and lets npm install them if they are missing. */
export function findWebPackages(): Promise<InstalledPackages> {
  const versions = Object.values(PACKAGES).join("-");
  return npmPackages(`.cache/interop/web-clients-${versions}`, PACKAGES);
}

/** Finds the proxy, and lets Go build it if it is missing. */
export function findGrpcwebproxy(): Promise<FoundGoTool> {
  return findGoTool({
    name: "grpcwebproxy",
    version: GRPCWEBPROXY_VERSION,
    module: `github.com/improbable-eng/grpc-web@v${GRPCWEBPROXY_VERSION}`,
    folder: "./go/grpcwebproxy",
  });
}

/**
 * The command that runs the proxy.
 *
 * @param path The program.
 * @param backend Port of the server of gRPC.
 * @param port Where the proxy listens.
 */
export function grpcwebproxyCommand(
  path: string,
  backend: string,
  port: number,
): readonly string[] {
  return [
    path,
    `--backend_addr=127.0.0.1:${backend}`,
    "--run_tls_server=false",
    "--server_bind_address=127.0.0.1",
    `--server_http_debug_port=${port}`,
    "--allow_all_origins",
    // It cuts every stream after ten seconds by default.
    "--server_http_max_write_timeout=0",
    "--server_http_max_read_timeout=0",
    "--backend_max_call_recv_msg_size=268435456",
  ];
}
