/**
 * `do_exchange:echo`: each message is answered before the next one is sent.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";
import {
  commandDescriptor,
  FlightError,
  type FlightMessageInit,
  type FlightStream,
} from "../../../mod.ts";
import { numbersOf } from "./numbers.ts";
import { bytes, type Scenario, text } from "./scenario.ts";

const BATCHES = 4;
const ROWS = 10;
const SCHEMA = new Schema([new Field("x", new Int32(), false)]);

/** The scenario. */
export const DO_EXCHANGE_ECHO: Scenario = {
  service: () => ({
    async doExchange(input) {
      const descriptor = await input.descriptor;
      if (descriptor?.type !== "CMD") {
        throw new FlightError("INVALID_ARGUMENT", "it is not a command");
      }
      if (text(descriptor.cmd) !== "echo") {
        throw new FlightError("UNIMPLEMENTED", "the only command is echo");
      }
      return echo(input);
    },
  }),
  async run({ client }) {
    const { writable, readable } = client.doExchange(
      commandDescriptor("echo"),
    );
    const writer = writable.getWriter();
    const answers = readable.messages().getReader();
    for (let index = 0; index < BATCHES; index++) {
      const appMetadata = index % 2 === 0 ? bytes(`${index}`) : undefined;
      await writer.write({ batch: batchAt(index), appMetadata });
      const { done, value } = await answers.read();
      assert(!done, `batch ${index} was not answered`);
      assertEquals(numbersOf(value.batch!), numbersOf(batchAt(index)));
      assertEquals(value.appMetadata, appMetadata);
    }
    await writer.close();
    assert((await answers.read()).done, "there is one answer too many");
  },
};

async function* echo(input: FlightStream): AsyncGenerator<FlightMessageInit> {
  for await (const { batch, appMetadata } of input.messages()) {
    yield { batch, appMetadata };
  }
}

function batchAt(index: number): RecordBatch {
  const data = Int32Array.from({ length: ROWS }, (_, row) => index + row);
  return new RecordBatch(
    SCHEMA,
    makeData({
      type: new Struct(SCHEMA.fields),
      length: ROWS,
      children: [makeData({ type: new Int32(), data })],
    }),
  );
}
