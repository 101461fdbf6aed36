/** A slow query: the client follows its progress. */

import { connect, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";

const answer = tableFromArrays({ answer: Int8Array.of(42) });
const STEPS = 4;

/** The command, and how far the service is with it. */
interface Query {
  readonly query: string;
  readonly step?: number;
}

await using server = await serve({
  // The client comes back with the descriptor of the previous answer, so that
  // the state of a query can be in it.
  pollFlightInfo(descriptor) {
    const { query, step = 0 } = descriptor.json<Query>();
    if (step === STEPS) {
      return { progress: 1, info: { endpoints: [{ ticket: query }] } };
    }
    return {
      progress: step / STEPS,
      descriptor: { cmd: JSON.stringify({ query, step: step + 1 }) },
    };
  },
  doGet: () => answer,
});

await using client = connect(server.location);
const query = { cmd: JSON.stringify({ query: "everything" }) };
for await (const { progress = 0, info } of client.poll(query)) {
  console.log(`${progress * 100} %`);
  if (info) console.log((await client.read(info).table()).toString());
}
