/**
 * A proxy of ours between pyarrow and pyarrow, which decodes nothing: data of
 * types that nothing here can read would go through it like any other.
 *
 * @module
 */
import { type FlightClient, pathDescriptor, serve } from "../../../../mod.ts";
import { assertEquals } from "@std/assert";
import { forwarding } from "../../../../examples/proxy/forwarding.ts";
import type { DataIndex } from "../data_files.ts";
import { act, type CaseContext, type Cases, text, ticket } from "./case.ts";

/** Data sets that can be read, but are worth forwarding. */
const OTHERS = [
  "compression lz4",
  "compression zstd",
  "utf8 view",
  "union dense",
  "extension uuid",
  "metadata",
  "no rows",
  "batch of 16 MiB",
];

/** Data sets with dictionaries: pyarrow serves them without metadata. */
const DICTIONARIES = [
  "dictionary delta",
  "dictionary replacement",
  "dictionary in dictionary",
];

/** The cases. */
export function forwardingCases({ encoded }: DataIndex): Cases {
  const numbered = [
    ...encoded.filter((name) => !name.startsWith("random")),
    ...OTHERS,
  ];
  return {
    ...cases("forward get", [...numbered, ...DICTIONARIES], "fetch"),
    ...cases("forward put", numbered, "upload"),
    ...cases("forward exchange", numbered, "exchange"),
    ...Object.fromEntries(numbered.map((name) => [
      `forward get to put: ${name}`,
      (context: CaseContext) => getToPut(context, name),
    ])),
  };
}

function cases(title: string, names: readonly string[], check: string): Cases {
  return Object.fromEntries(names.map((name) => [
    `${title}: ${name}`,
    ({ client, id }: CaseContext) => throughProxy(client, check, name, id),
  ]));
}

/** pyarrow's server is the client of a proxy of ours in front of itself. */
async function throughProxy(
  client: FlightClient,
  check: string,
  name: string,
  id: string,
): Promise<void> {
  await using proxy = await serve(forwarding(client));
  const problem = await act(
    client,
    check,
    JSON.stringify([
      proxy.location.uri,
      name,
      ...(check === "upload" ? [id] : []),
    ]),
  );
  assertEquals(problem, "null");
}

/** Pipes a DoGet into a DoPut unchanged, which checks the data. */
async function getToPut(
  { client, id }: CaseContext,
  name: string,
): Promise<void> {
  const upload = client.doPut(pathDescriptor("store", id, name));
  const results = await upload.writeAll(
    client.doGet(ticket("data", name)).flightData(),
  );
  // One acknowledgement for each batch.
  assertEquals(
    results.map(({ appMetadata }) => text(appMetadata)),
    results.map((_, index) => `${index}`),
  );
}
