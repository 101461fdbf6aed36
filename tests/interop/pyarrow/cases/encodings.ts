/**
 * Each data set in every way to encode it.
 *
 * @module
 */
import { pathDescriptor } from "../../../../mod.ts";
import { assertEquals } from "@std/assert";
import { Int32, RecordBatch, vectorFromArray } from "apache-arrow";
import { openMessage } from "../../../../internal/ipc/decode/message_reader.ts";
import {
  decode,
  encode,
  messagesOf,
  streamOf,
  valuesOf,
} from "../../../support/ipc/ipc_streams.ts";
import { ENCODINGS, LARGE } from "../encodings.ts";
import { type CaseContext, type Cases, collect, ticket } from "./case.ts";

/** The cases. */
export const ENCODING_CASES: Cases = {
  ...Object.fromEntries(
    Object.keys(ENCODINGS).map((form) => [
      `put all data: ${form}`,
      (context: CaseContext) => putAll(context, form),
    ]),
  ),
  "metadata that is no text": async ({ client, id }) => {
    const name = "metadata that is no text";
    const messages = client.doGet(ticket("data", name)).messages();
    // pyarrow compares them, in bytes and with the keys that occur again.
    await client.doPut(pathDescriptor("store", id, name)).writeAll(messages);
  },

  "custom metadata of a batch": async ({ client }) => {
    // pyarrow has them in IPC streams only, not in Flight.
    const metadata = new Map([["part", "1"], ["ü", ""], ["empty", ""]]);
    const column = vectorFromArray([1, null, 3], new Int32()).data[0]!;
    const plain = new RecordBatch({ n: column });
    const batch = new RecordBatch(plain.schema, plain.data, metadata);
    const [result] = await collect(client.doAction({
      type: "custom metadata",
      body: streamOf(encode([batch, plain])),
    }));
    const decoded = decode(
      messagesOf(result!.body, (header) => openMessage(header).bodyLength),
    );
    assertEquals(decoded.map(({ metadata }) => [...metadata].sort()), [
      [...metadata].sort(),
      [],
    ]);
    assertEquals(decoded.map(valuesOf), [[[1, null, 3]], [[1, null, 3]]]);
  },
};

async function putAll(
  { client, files }: CaseContext,
  form: string,
): Promise<void> {
  for (const name of files.index().datasets) {
    if (form.startsWith("split") && name === LARGE) continue;
    const { schema, batches } = files.read(name);
    await client.doPut(
      pathDescriptor("collect", name, form),
      { ...ENCODINGS[form], schema },
    ).writeAll(batches);
  }
}
