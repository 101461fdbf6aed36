/** Calls an action, and sends rows that come back changed. */

import { connect, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";

await using server = await serve({
  *doAction(action) {
    const name = action.text();
    yield { body: `${action.type}, ${name}` };
    yield { body: JSON.stringify({ length: name.length }) };
  },
  async *doExchange(input) {
    for await (const batch of input) {
      const doubled = batch.getChild("n")!.toArray().map((n: number) => 2 * n);
      yield tableFromArrays({ n: doubled });
    }
  },
});

await using client = connect(server.location);
const action = { type: "hello", body: "Ada" };
const [text, json] = await Array.fromAsync(client.doAction(action));
console.log(text!.text(), json!.json<{ length: number }>().length);

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
for await (const batch of client.doExchange({ cmd: "double" }, table)) {
  console.log(batch.getChild("n")!.toArray().join(" "));
}
