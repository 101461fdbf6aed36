/**
 * Each data set, in both directions.
 *
 * @module
 */
import { type FlightMessageInit, pathDescriptor } from "../../../../mod.ts";
import { assert, assertEquals } from "@std/assert";
import type { RecordBatch, Schema } from "apache-arrow";
import type { DataIndex } from "../data_files.ts";
import { type CaseContext, type Cases, collect, text, ticket } from "./case.ts";

/** The cases: data is read, uploaded, uploaded in part, and sent back. */
export function dataCases({ datasets, encoded }: DataIndex): Cases {
  return {
    ...Object.fromEntries(datasets.flatMap((name) => [
      [`get ${name}`, (context: CaseContext) => get(context, name)],
      [`put ${name}`, (context: CaseContext) => put(context, name)],
      [`put sliced ${name}`, (context: CaseContext) => sliced(context, name)],
      [`get and put ${name}`, (context: CaseContext) => again(context, name)],
    ])),
    ...Object.fromEntries(encoded.flatMap((name) => [
      [`get ${name}`, (context: CaseContext) => get(context, name)],
      [`get and put ${name}`, (context: CaseContext) => again(context, name)],
    ])),
  };
}

async function receive(
  { client, files }: CaseContext,
  name: string,
): Promise<{ schema: Schema; batches: RecordBatch[] }> {
  const stream = client.doGet(ticket("data", name));
  const schema = await stream.schema;
  const messages = await collect(stream.messages());
  const { numbered } = files.expected(name);
  for (const [index, { batch, appMetadata }] of messages.entries()) {
    assert(batch !== undefined);
    assertEquals(text(appMetadata), numbered ? `${index}` : undefined);
  }
  return { schema, batches: messages.map(({ batch }) => batch!) };
}

async function get(context: CaseContext, name: string): Promise<void> {
  const { schema, batches } = await receive(context, name);
  context.files.check(name, schema, batches);
}

/**
 * Uploads what the server compares with its own data, and waits for the
 * acknowledgement of each batch before the next, and before the half-close.
 */
async function upload(
  { client }: CaseContext,
  path: string[],
  { schema, batches }: { schema: Schema; batches: RecordBatch[] },
): Promise<void> {
  const { writable, results } = client.doPut(
    pathDescriptor("store", ...path),
    { schema },
  );
  const writer = writable.getWriter();
  const reader = results.getReader();
  for (const [index, batch] of batches.entries()) {
    const message: FlightMessageInit = {
      batch,
      appMetadata: new TextEncoder().encode(String(index)),
    };
    // A write that fails does so because the call did, as the read says.
    writer.write(message).catch(() => {});
    const { done, value } = await reader.read();
    assert(!done, "no acknowledgement");
    assertEquals(text(value.appMetadata), String(index));
  }
  writer.close().catch(() => {});
  const { done } = await reader.read();
  assert(done, "one acknowledgement too many");
}

function put(context: CaseContext, name: string): Promise<void> {
  return upload(context, [context.id, name], context.files.read(name));
}

function sliced(context: CaseContext, name: string): Promise<void> {
  const { schema, batches } = context.files.read(name);
  return upload(context, [context.id, name, "sliced"], {
    schema,
    batches: batches.map((batch) => batch.slice(1, 4)),
  });
}

/** Sends received data back. */
async function again(context: CaseContext, name: string): Promise<void> {
  await upload(context, [context.id, name], await receive(context, name));
}
