/**
 * The server of ours that grpcurl and grpc-health-probe look at, on any runtime:
 *
 *     grpc_tools_server.ts OPTIONS
 *
 * OPTIONS is JSON, as below. Prints its port on the first line, and ends with
 * its standard input.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { tableFromArrays } from "apache-arrow";
import protobuf from "protobufjs";
import {
  type FlightDescriptor,
  FlightError,
  type FlightInfoInit,
  type GrpcService,
  HealthService,
  pathDescriptor,
  serve,
  type ServingStatus,
  unaryMethod,
} from "../../../mod.ts";
import {
  type TransportName,
  transportNamed,
} from "../../support/transport_named.ts";
import { describeFiles } from "../../../tools/proto_descriptor.ts";

/** Options of the server. */
export interface GrpcToolsServerOptions {
  /** The name of the transport. */
  readonly transport: TransportName;
  /** True to use TLS, with the certificates of the tests. */
  readonly tls?: boolean;
}

const NUMBERS = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

/** The service of an application, with messages of its own. */
const GREETER = {
  name: "greeter.proto",
  text: `syntax = "proto3";
    package contrail.test.v1;
    import "google/protobuf/timestamp.proto";
    service Greeter { rpc Greet(Guest) returns (Greeting); }
    message Guest { string name = 1; google.protobuf.Timestamp arrival = 2; }
    message Greeting { string text = 1; google.protobuf.Timestamp arrival = 2; }`,
};
const TIMESTAMP = {
  name: "google/protobuf/timestamp.proto",
  text: readFileSync(
    new URL("../../../proto/google/protobuf/timestamp.proto", import.meta.url),
    "utf8",
  ),
};

function greeter(): GrpcService {
  const root = new protobuf.Root();
  for (const { text } of [TIMESTAMP, GREETER]) protobuf.parse(text, root);
  const Guest = root.lookupType("contrail.test.v1.Guest");
  const Greeting = root.lookupType("contrail.test.v1.Greeting");
  return {
    name: "contrail.test.v1.Greeter",
    methods: {
      Greet: unaryMethod((request) => {
        const { name, arrival } = Guest.toObject(Guest.decode(request));
        return Greeting.encode({ text: `hello ${name}`, arrival }).finish();
      }),
    },
    fileDescriptors: [...describeFiles([TIMESTAMP, GREETER]).values()],
  };
}

function infoOf(descriptor: FlightDescriptor): FlightInfoInit {
  return {
    descriptor,
    schema: NUMBERS.schema,
    endpoints: [{ ticket: "numbers" }],
    totalRecords: NUMBERS.numRows,
  };
}

function certificate(name: string): string {
  return readFileSync(new URL(`../../certs/${name}`, import.meta.url), "utf8");
}

const { transport, tls }: GrpcToolsServerOptions = JSON.parse(
  process.argv[2]!,
);
const health = new HealthService();
const server = await serve({
  async *handshake(requests) {
    for await (const { payload } of requests) yield { payload };
  },
  *listFlights() {
    for (const name of ["one", "two"]) yield infoOf(pathDescriptor(name));
  },
  getFlightInfo: (descriptor) =>
    descriptor.type === "PATH" ? infoOf(descriptor) : undefined,
  doGet: () => NUMBERS,
  *doAction({ type, body }) {
    if (type !== "set health") {
      throw new FlightError("UNIMPLEMENTED", `no action ${type}`);
    }
    const text = new TextDecoder().decode(body);
    const [service, status] = text.split("=") as [string, ServingStatus];
    health.set(service, status);
    yield { body: new TextEncoder().encode("done") };
  },
}, {
  transport: transportNamed(transport),
  tls: tls
    ? {
      certificateChain: certificate("server_cert.pem"),
      privateKey: certificate("server_key.pem"),
    }
    : undefined,
  services: [health, greeter()],
  reflection: true,
  // An operation that does not end when the server shuts down would hang.
  shutdownTimeoutMs: 600_000,
});
console.log(server.port);
// The parent process holds standard input open.
process.stdin.on("end", () => server.shutdown()).resume();
