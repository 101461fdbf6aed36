/** A query that takes its time: the client asks how far it is. */

import {
  commandDescriptor,
  connect,
  type PollInfo,
  serve,
} from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";

const answer = tableFromArrays({ answer: Int8Array.of(42) });
const STEPS = 4;

await using server = await serve({
  // The client comes back with the descriptor of the previous answer, so that
  // the state of a query can be in it.
  pollFlightInfo(descriptor) {
    if (descriptor.type !== "CMD") return undefined;
    const { query, step = 0 } = JSON.parse(
      new TextDecoder().decode(descriptor.cmd),
    );
    if (step === STEPS) {
      return { progress: 1, info: { endpoints: [{ ticket: query }] } };
    }
    return {
      progress: step / STEPS,
      descriptor: commandDescriptor(JSON.stringify({ query, step: step + 1 })),
    };
  },
  doGet: () => answer,
});

await using client = connect(server.location);
let poll: PollInfo = {
  descriptor: commandDescriptor(JSON.stringify({ query: "everything" })),
};
while (poll.descriptor) {
  poll = await client.pollFlightInfo(poll.descriptor);
  console.log(`${(poll.progress ?? 0) * 100} %`);
}
for (const { ticket } of poll.info?.endpoints ?? []) {
  const table = await client.doGet(ticket).table();
  console.log(table.toString());
}
