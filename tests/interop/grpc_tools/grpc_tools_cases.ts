/**
 * Cases of grpcurl and grpc-health-probe with a server of ours.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { GrpcTools } from "./grpc_tools.ts";
import { Peer } from "../programs/peer.ts";

/** Context of a case. */
export interface GrpcToolsTarget {
  /** The programs, which know the server. */
  readonly tools: GrpcTools;
  /** The server. */
  readonly server: Peer;
}

const FLIGHT = "arrow.flight.protocol.FlightService";

/** Timeout for operations that take milliseconds. */
const TIMEOUT_MS = 30_000;

/** Encodes bytes as in grpcurl's JSON. */
function base64(text: string): string {
  return btoa(text);
}

async function setHealth(
  tools: GrpcTools,
  service: string,
  status: string,
): Promise<void> {
  const body = base64(`${service}=${status}`);
  assertEquals(
    await tools.call(`${FLIGHT}/DoAction`, { type: "set health", body }),
    [{ body: base64("done") }],
  );
}

/** The cases by their names; the last one ends the server. */
export const GRPC_TOOLS_CASES: Readonly<
  Record<string, (target: GrpcToolsTarget) => Promise<void>>
> = {
  async "grpcurl list"({ tools }) {
    assertEquals(await tools.look("list"), [
      FLIGHT,
      "contrail.test.v1.Greeter",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
  },

  async "grpcurl list, methods of Flight"({ tools }) {
    assertEquals(
      await tools.look("list", FLIGHT),
      [
        "DoAction",
        "DoExchange",
        "DoGet",
        "DoPut",
        "GetFlightInfo",
        "GetSchema",
        "Handshake",
        "ListActions",
        "ListFlights",
        "PollFlightInfo",
      ].map((name) => `${FLIGHT}.${name}`),
    );
  },

  async "grpcurl describe, a method"({ tools }) {
    assertEquals(await tools.look("describe", `${FLIGHT}.DoPut`), [
      `${FLIGHT}.DoPut is a method:`,
      "rpc DoPut ( stream .arrow.flight.protocol.FlightData ) " +
      "returns ( stream .arrow.flight.protocol.PutResult );",
    ]);
  },

  async "grpcurl describe, a message with an import"({ tools }) {
    const name = "arrow.flight.protocol.FlightEndpoint";
    assertEquals(await tools.look("describe", name), [
      `${name} is a message:`,
      "message FlightEndpoint {",
      "  .arrow.flight.protocol.Ticket ticket = 1;",
      "  repeated .arrow.flight.protocol.Location location = 2;",
      "  .google.protobuf.Timestamp expiration_time = 3;",
      "  bytes app_metadata = 4;",
      "}",
    ]);
  },

  async "grpcurl describe, everything there is"({ tools }) {
    const lines = await tools.look("describe");
    assertEquals(
      lines.filter((line) => line.endsWith(" is a service:")).length,
      5,
    );
  },

  async "grpcurl describe, what there is not"({ tools }) {
    const error = await tools.look("describe", "no.Such").then(
      () => "",
      String,
    );
    assertStringIncludes(error, "Symbol not found: no.Such");
  },

  async "grpcurl ServerReflectionInfo of v1alpha"({ tools }) {
    const [listed, unknown] = await tools.call(
      "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      { listServices: "" },
      { fileByFilename: "no.proto" },
    );
    const { listServicesResponse } = listed as {
      listServicesResponse: { service: { name: string }[] };
    };
    assertEquals(listServicesResponse.service[0], { name: FLIGHT });
    assertEquals(unknown?.errorResponse, {
      errorCode: 5,
      errorMessage: "unknown file",
    });
  },

  async "grpcurl GetFlightInfo"({ tools }) {
    const flightDescriptor = { type: "PATH", path: ["a", "b"] };
    const [info] = await tools.call(
      `${FLIGHT}/GetFlightInfo`,
      flightDescriptor,
    );
    assertEquals(info?.flightDescriptor, flightDescriptor);
    assertEquals(info?.totalRecords, "3");
    assertEquals(info?.endpoint, [{ ticket: { ticket: base64("numbers") } }]);
  },

  async "grpcurl GetFlightInfo, a status"({ tools }) {
    const { success, output } = await tools.tryCall(
      `${FLIGHT}/GetFlightInfo`,
      { type: "CMD", cmd: base64("x") },
    );
    assert(!success);
    assertStringIncludes(output, "Code: NotFound\n");
    assertStringIncludes(output, "Message: no such flight\n");
  },

  async "grpcurl ListFlights"({ tools }) {
    const infos = await tools.call(`${FLIGHT}/ListFlights`, {});
    assertEquals(
      infos.map(({ flightDescriptor }) => flightDescriptor),
      ["one", "two"].map((name) => ({ type: "PATH", path: [name] })),
    );
  },

  async "grpcurl DoGet"({ tools }) {
    const messages = await tools.call(`${FLIGHT}/DoGet`, {
      ticket: base64("numbers"),
    });
    assertEquals(messages.length, 2);
    // Three numbers of four bytes, padded to eight.
    assertEquals(
      messages[1]?.dataBody,
      btoa("\x01\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0"),
    );
  },

  async "grpcurl Handshake, messages both ways"({ tools }) {
    const payloads = ["a", "b", "c"].map((text) => ({ payload: base64(text) }));
    assertEquals(
      await tools.call(`${FLIGHT}/Handshake`, ...payloads),
      payloads,
    );
  },

  async "grpcurl calls a service of the application"({ tools }) {
    const arrival = "2020-01-02T03:04:05.000000006Z";
    assertEquals(
      await tools.call("contrail.test.v1.Greeter/Greet", {
        name: "Ada",
        arrival,
      }),
      [{ text: "hello Ada", arrival }],
    );
  },

  async "grpcurl Check and List of Health"({ tools }) {
    assertEquals(await tools.call("grpc.health.v1.Health/Check", {}), [
      { status: "SERVING" },
    ]);
    assertEquals(await tools.call("grpc.health.v1.Health/List", {}), [{
      statuses: { "": { status: "SERVING" }, [FLIGHT]: { status: "SERVING" } },
    }]);
  },

  async "grpc-health-probe, SERVING"({ tools }) {
    assertEquals(await tools.probe(), "exit code 0: status: SERVING");
    assertEquals(
      await tools.probe(`-service=${FLIGHT}`),
      "exit code 0: status: SERVING",
    );
  },

  async "grpc-health-probe, gzip"({ tools }) {
    assertEquals(await tools.probe("-gzip"), "exit code 0: status: SERVING");
  },

  async "grpc-health-probe, NOT_SERVING"({ tools }) {
    await setHealth(tools, FLIGHT, "NOT_SERVING");
    assertEquals(
      await tools.probe(`-service=${FLIGHT}`),
      'exit code 4: service unhealthy (responded with "NOT_SERVING")',
    );
    assertEquals(await tools.probe(), "exit code 0: status: SERVING");
    await setHealth(tools, FLIGHT, "SERVING");
  },

  async "grpc-health-probe, unknown service"({ tools }) {
    assertEquals(
      await tools.probe("-service=nobody"),
      "exit code 3: error: health rpc failed: rpc error: " +
        'code = NotFound desc = unknown service "nobody"',
    );
  },

  async "grpcurl Watch, until the shutdown"({ tools, server }) {
    await using watch = new Peer(
      tools.command([], "grpc.health.v1.Health/Watch"),
    );
    assertEquals(await nextStatus(watch), "SERVING");
    await setHealth(tools, "", "UNKNOWN");
    // grpcurl leaves out what is a field's default.
    assertEquals(await nextStatus(watch), undefined);
    await setHealth(tools, "", "SERVING");
    assertEquals(await nextStatus(watch), "SERVING");
    const ended = server.close(TIMEOUT_MS);
    assertEquals(await nextStatus(watch), "NOT_SERVING");
    assertEquals(await watch.line(TIMEOUT_MS), "end");
    assert(await watch.hasEnded(TIMEOUT_MS));
    assertEquals(watch.end, "exit code 0");
    assertEquals(await ended, "exit code 0");
    const refused = await tools.probe("-connect-timeout=1s");
    assertStringIncludes(refused, "exit code 2: ");
  },
};

/** The status in the next object that grpcurl prints. */
async function nextStatus(watch: Peer): Promise<string | undefined> {
  let text = "";
  do {
    const line = await watch.line(TIMEOUT_MS);
    if (typeof line !== "object") throw new Error(`${line}\n${watch.log}`);
    text += line.line;
  } while (!text.endsWith("}"));
  return JSON.parse(text).status;
}
