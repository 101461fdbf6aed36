/**
 * Default case of Arrow's testers, without a scenario: a data set is uploaded,
 * described and read back. Our server also compares the upload with the file
 * itself, so that two implementations have read the same JSON.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { assert, assertEquals } from "@std/assert";
import type { RecordBatch } from "apache-arrow";
import {
  type FlightClient,
  type FlightDescriptor,
  FlightError,
  type FlightMessageInit,
  type FlightStream,
  type Location,
  pathDescriptor,
  REUSE_CONNECTION,
  type Ticket,
} from "../../../mod.ts";
import { checkData, checkSchema } from "../integration_json/check_data.ts";
import {
  type IntegrationData,
  readDocument,
} from "../integration_json/document_reader.ts";
import { parseDocument } from "../integration_json/json_document.ts";
import { bytes, type Scenario, type ScenarioClient, text } from "./scenario.ts";

/** Options for the client only. */
export interface JsonDataOptions {
  /** The file. */
  readonly path?: string | undefined;
  /** "no" where the server sends batches without metadata; "yes" by default. */
  readonly numbered?: string | undefined;
}

/** Makes the scenario. */
export function jsonData({ path, numbered }: JsonDataOptions): Scenario {
  return {
    service,
    run(client) {
      if (path === undefined) throw new TypeError("option --path is missing");
      return run(client, path, numbered !== "no");
    },
  };
}

function readFile(path: string): IntegrationData {
  return readDocument(parseDocument(readFileSync(path, "utf8")));
}

// The server

const service: Scenario["service"] = (location) => {
  const stored = new Map<string, IntegrationData>();

  return {
    async *doPut(upload) {
      const descriptor = await upload.descriptor;
      if (descriptor?.type !== "PATH" || descriptor.path.length === 0) {
        throw new FlightError("INVALID_ARGUMENT", "it is not a path");
      }
      const schema = await upload.schema;
      const batches: RecordBatch[] = [];
      for await (const { batch, appMetadata } of upload.messages()) {
        if (batch !== undefined) batches.push(batch);
        // The client waits for it before it sends the next one.
        if (appMetadata !== undefined) yield { appMetadata };
      }
      const [path] = descriptor.path;
      checkUpload(path!, { schema, batches });
      stored.set(path!, { schema, batches });
    },
    getFlightInfo(descriptor) {
      if (descriptor.type !== "PATH") {
        throw new FlightError("UNIMPLEMENTED", "it is not a path");
      }
      const [path = ""] = descriptor.path;
      const data = stored.get(path);
      return data && {
        schema: data.schema,
        descriptor,
        endpoints: [{ ticket: path, locations: [location()] }],
        totalRecords: data.batches.reduce(
          (sum, { numRows }) => sum + numRows,
          0,
        ),
      };
    },
    doGet: ({ ticket }) => {
      const data = stored.get(text(ticket)!);
      return data && numbered(data);
    },
  };
};

function* numbered(
  { schema, batches }: IntegrationData,
): Generator<FlightMessageInit> {
  yield { schema };
  for (const [index, batch] of batches.entries()) {
    yield { batch, appMetadata: bytes(`${index}`) };
  }
}

/** Tells the client what differs. */
function checkUpload(path: string, upload: IntegrationData): void {
  try {
    checkData(upload, readFile(path));
  } catch (cause) {
    const { message } = cause as Error;
    throw new FlightError("INVALID_ARGUMENT", message, { cause });
  }
}

// The client

async function run(
  { client, connect }: ScenarioClient,
  path: string,
  isNumbered: boolean,
): Promise<void> {
  const data = readFile(path);
  const download = (client: FlightClient, ticket: Ticket) =>
    check(client.doGet(ticket), data, isNumbered);
  const descriptor = pathDescriptor(path);
  await upload(client, descriptor, data);
  const info = await client.getFlightInfo(descriptor);
  checkSchema(info.schema!, data.schema);
  assert(info.endpoints.length > 0, "there are no endpoints");
  for (const { ticket, locations } of info.endpoints) {
    if (locations.length === 0) await download(client, ticket);
    for (const location of locations) {
      if (isHere(location)) await download(client, ticket);
      else {
        await using other = connect({}, location);
        await download(other, ticket);
      }
    }
  }
}

function isHere({ uri }: Location): boolean {
  return uri === REUSE_CONNECTION.uri;
}

/** Each batch is acknowledged before the next one is sent. */
async function upload(
  client: FlightClient,
  descriptor: FlightDescriptor,
  { schema, batches }: IntegrationData,
): Promise<void> {
  const { writable, results } = client.doPut(descriptor, { schema });
  const writer = writable.getWriter();
  const reader = results.getReader();
  for (const [index, batch] of batches.entries()) {
    // A write that fails does so because the call did, as the read says.
    writer.write({ batch, appMetadata: bytes(`${index}`) }).catch(() => {});
    const { done, value } = await reader.read();
    assert(!done, `batch ${index} was not acknowledged`);
    assertEquals(text(value.appMetadata), `${index}`);
  }
  writer.close().catch(() => {});
  assert((await reader.read()).done, "one acknowledgement too many");
}

async function check(
  stream: FlightStream,
  data: IntegrationData,
  isNumbered: boolean,
): Promise<void> {
  const schema = await stream.schema;
  const batches: RecordBatch[] = [];
  for await (const { batch, appMetadata } of stream.messages()) {
    const expected = isNumbered ? `${batches.length}` : undefined;
    assertEquals(text(appMetadata), expected);
    assert(batch !== undefined, "there is metadata without a batch");
    batches.push(batch);
  }
  checkData({ schema, batches }, data);
}
