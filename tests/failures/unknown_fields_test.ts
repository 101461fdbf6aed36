/** Fields and times of later versions of the protocol, sent back or on as they came. */

import { assertEquals } from "@std/assert";
import {
  epochNanoseconds,
  type FlightDescriptor,
  type FlightInfo,
} from "@contrail/flight";
import { flightDescriptorCodec } from "../../internal/protocol/flight_descriptor.ts";
import { flightEndpointCodec } from "../../internal/protocol/flight_endpoint.ts";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import { pollInfoCodec } from "../../internal/protocol/poll_info.ts";
import { hex } from "../wire/oracle.ts";
import { callTest as rpcTest } from "../support/transports.ts";

/** Field 99, which no message has. */
const UNKNOWN = "9a0603 010203";
/** A descriptor of the type 7, with a field more. */
const DESCRIPTOR = `${UNKNOWN} 0807 120171`;
/** The last second that there is. */
const NEVER = "08ffffffffffffffff7f 10ff93ebdc03";
const ENDPOINT = `0a09 0a0101 ${UNKNOWN} 120a 0a0278 79 ${UNKNOWN}` +
  ` 1a10 ${NEVER} ${UNKNOWN}`;

function message(tag: string, bytes: string): string {
  const { byteLength } = hex(bytes);
  return `${tag}${byteLength.toString(16).padStart(2, "0")} ${bytes} `;
}

const INFO = hex(
  message("12", DESCRIPTOR) + message("1a", ENDPOINT) +
    `2001 2802 ${UNKNOWN}`,
);
const POLL = hex(
  message("0a", `2001 2802 ${UNKNOWN}`) + message("12", DESCRIPTOR) +
    `190000 0000 0000 e03f ${UNKNOWN}`,
);

rpcTest(
  "getFlightInfo(), cancelFlightInfo() and renewFlightEndpoint() keep unknown fields and any time",
  async (connectTo) => {
    const seen: Uint8Array[] = [];
    const descriptors: FlightDescriptor[] = [];
    await using peer = await connectTo({
      getFlightInfo: (descriptor) => {
        descriptors.push(descriptor);
        return flightInfoCodec.decode(INFO);
      },
      async *listFlights() {
        yield flightInfoCodec.decode(INFO);
      },
      cancelFlightInfo: (info) => {
        seen.push(flightInfoCodec.encode(info));
        return "CANCELLED";
      },
      renewFlightEndpoint: (endpoint) => {
        seen.push(flightEndpointCodec.encode(endpoint));
        return endpoint;
      },
    });
    const { client } = peer;
    const info = await client.getFlightInfo(
      flightDescriptorCodec.decode(hex(DESCRIPTOR)),
    );
    assertEquals(
      flightDescriptorCodec.encode(descriptors[0]!),
      hex(DESCRIPTOR),
    );
    assertEquals(flightInfoCodec.encode(info), INFO);
    const [listed] = await Array.fromAsync(client.listFlights());
    assertEquals(flightInfoCodec.encode(listed!), INFO);
    const [endpoint] = info.endpoints;
    const { expirationTime } = endpoint!;
    assertEquals(expirationTime!.getTime(), 8_640_000_000_000_000);
    assertEquals(
      epochNanoseconds(expirationTime!),
      (2n ** 63n - 1n) * 1_000_000_000n + 999_999_999n,
    );
    await client.cancelFlightInfo(info);
    const renewed = await client.renewFlightEndpoint(endpoint!);
    assertEquals(seen, [INFO, hex(ENDPOINT)]);
    assertEquals(flightEndpointCodec.encode(renewed), hex(ENDPOINT));
  },
);

rpcTest("pollFlightInfo() keeps unknown fields", async (connectTo) => {
  const descriptors: FlightDescriptor[] = [];
  await using peer = await connectTo({
    pollFlightInfo(descriptor) {
      descriptors.push(descriptor);
      return pollInfoCodec.decode(POLL);
    },
  });
  const poll = await peer.client.pollFlightInfo({ type: "PATH", path: ["a"] });
  assertEquals(pollInfoCodec.encode(poll), POLL);
  await peer.client.pollFlightInfo(poll.descriptor!);
  assertEquals(flightDescriptorCodec.encode(descriptors[1]!), hex(DESCRIPTOR));
});

rpcTest("read() sends a ticket with its unknown fields", async (connectTo) => {
  const tickets: unknown[] = [];
  await using origin = await connectTo({
    doGet(ticket) {
      tickets.push(ticket);
      return [];
    },
  });
  const info: FlightInfo = flightInfoCodec.decode(
    hex(message("1a", `0a09 0a0101 ${UNKNOWN}`)),
  );
  assertEquals(await Array.fromAsync(origin.client.read(info)), []);
  assertEquals(tickets, [info.endpoints[0]!.ticket]);
});
