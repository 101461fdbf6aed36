/**
 * Data sets of many endpoints, which `endpoints.py` has.
 *
 * @module
 */
import {
  commandDescriptor,
  type FlightClient,
  FlightError,
  type FlightReadOptions,
} from "../../../../mod.ts";
import { assert, assertEquals } from "@std/assert";
import { type Cases, text } from "./case.ts";

const PER_ENDPOINT = 1000;

/** Numbers that were read, and the server that had them. */
interface Numbers {
  readonly numbers: number[];
  readonly servers: string[];
}

async function read(
  client: FlightClient,
  kind: string,
  options: FlightReadOptions = {},
): Promise<Numbers> {
  const info = await client.getFlightInfo(
    commandDescriptor(`endpoints ${kind}`),
  );
  const numbers: number[] = [];
  const servers: string[] = [];
  for await (
    const { batch, appMetadata, endpoint } of client.read(info, options)
      .messages()
  ) {
    numbers.push(...[...batch!.getChildAt(0)!].map(Number));
    servers[info.endpoints.indexOf(endpoint)] = text(appMetadata)!;
  }
  return { numbers, servers };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The cases. */
export const ENDPOINT_CASES: Cases = {
  "read of ordered endpoints": async ({ client }) => {
    for (const maxParallelEndpoints of [1, 4]) {
      const { numbers, servers } = await read(client, "ordered", {
        maxParallelEndpoints,
      });
      assertEquals(numbers, upTo(5 * PER_ENDPOINT));
      assertEquals(servers, ["here", "elsewhere", "here", "elsewhere", "here"]);
    }
  },
  "read of unordered endpoints": async ({ client }) => {
    const { numbers, servers } = await read(client, "unordered");
    assertEquals(numbers.toSorted((a, b) => a - b), upTo(5 * PER_ENDPOINT));
    assertEquals(servers, ["here", "elsewhere", "here", "elsewhere", "here"]);
  },
  "read of endpoints that are renewed": async ({ client }) => {
    const { numbers } = await read(client, "expiring");
    assertEquals(numbers, upTo(3 * PER_ENDPOINT));
  },
  "read of endpoints, of which one fails": async ({ client }) => {
    const error = await read(client, "failing").catch((error) => error);
    assert(FlightError.is(error), String(error));
    assertEquals([error.code, error.origin], ["NOT_FOUND", "remote"]);
    assert(error.details.includes("(endpoints[2], "), error.details);
  },
  "read of endpoints left early": async ({ client }) => {
    const info = await client.getFlightInfo(
      commandDescriptor("endpoints ordered"),
    );
    for await (const batch of client.read(info)) {
      assertEquals(batch.numRows, 100);
      break;
    }
    assertEquals((await read(client, "ordered")).numbers.length, 5000);
  },
};
