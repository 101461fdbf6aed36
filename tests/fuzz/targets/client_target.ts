/** All methods of a client, of which a server answers what it likes. */

import { vectorFromArray } from "apache-arrow";
import { putClientParts } from "../../../internal/client/client_parts.ts";
import { FlightClient } from "../../../internal/client/flight_client.ts";
import { commandDescriptor } from "../../../internal/protocol/flight_descriptor.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import type { Source } from "../../../internal/base/source.ts";
import type {
  CallResponse,
  ClientRequest,
  ClientTransport,
  OutgoingMessage,
} from "../../../internal/seam/transport.ts";
import { batchOf } from "../../support/ipc/samples.ts";
import { dataOf, messagesOf } from "../inputs/call_inputs.ts";
import { MAX_DECOMPRESSED_BYTES, memoryBoundOf } from "./ipc_target.ts";
import type { Random } from "../random.ts";
import {
  type Ending,
  ENDINGS,
  lost,
  ScriptedSource,
} from "./scripted_source.ts";
import {
  check,
  type Input,
  rejection,
  type Target,
  type Verdict,
} from "./target.ts";

// As `connect` does.
putClientParts();

const DESCRIPTOR = commandDescriptor("c");
const BATCH = batchOf({ n: vectorFromArray(Int32Array.of(1, 2)).data[0]! });

/** Calls of an application, and the expected answers of the server. */
const USES: Readonly<
  Record<string, {
    readonly answer: string;
    readonly use: (client: FlightClient) => Promise<unknown>;
  }>
> = {
  listFlights: {
    answer: "FlightInfo",
    use: (client) => all(client.listFlights()),
  },
  getFlightInfo: {
    answer: "FlightInfo",
    use: (client) => client.getFlightInfo(DESCRIPTOR),
  },
  pollFlightInfo: {
    answer: "PollInfo",
    use: (client) => client.pollFlightInfo(DESCRIPTOR),
  },
  getSchema: {
    answer: "SchemaResult",
    use: (client) => client.getSchema(DESCRIPTOR),
  },
  batches: { answer: "data", use: (client) => all(client.doGet("t")) },
  schema: {
    answer: "data",
    use: async (client) => {
      const stream = client.doGet("t");
      await stream.schema;
      await all(stream);
    },
  },
  messages: {
    answer: "data",
    use: (client) => all(client.doGet("t").messages()),
  },
  flightData: {
    answer: "data",
    use: (client) => all(client.doGet("t").flightData()),
  },
  abandoned: {
    answer: "data",
    use: async (client) => {
      const reader = client.doGet("t").getReader();
      await reader.read();
      await reader.cancel();
    },
  },
  read: {
    answer: "data",
    use: (client) =>
      all(client.read({
        endpoints: [
          { ticket: { ticket: Uint8Array.of(1) }, locations: [] },
          { ticket: { ticket: Uint8Array.of(2) }, locations: [] },
        ],
        ordered: true,
      })),
  },
  doPut: {
    answer: "PutResult",
    use: (client) => client.doPut(DESCRIPTOR).writeAll([BATCH, BATCH]),
  },
  doExchange: {
    answer: "data",
    use: async (client) => {
      const exchange = client.doExchange(DESCRIPTOR);
      const writer = exchange.writer();
      const writing = writer.write(BATCH).then(() => writer.close());
      writing.catch(() => {});
      await all(exchange.readable);
      await writing;
    },
  },
  doAction: { answer: "Result", use: (client) => all(client.doAction("a")) },
  listActions: {
    answer: "ActionType",
    use: (client) => all(client.listActions()),
  },
};

/** Answer of a server to one call of a client, or to each of several. */
export interface ClientInput extends Input {
  readonly use: string;
  readonly ending: Ending;
  /** True if the server sends headers first. */
  readonly hasHeaders: boolean;
}

/** The messages of an answer. */
export const clientTarget: Target<ClientInput> = {
  name: "client",
  reads: "calls of a client: answers of a server",
  memoryBound: memoryBoundOf,
  generate(random: Random): ClientInput {
    const use = random.pick(Object.keys(USES));
    const { answer } = USES[use]!;
    const parts = answer === "data"
      ? dataOf(random)
      : messagesOf(answer, random);
    return {
      use,
      parts,
      ending: random.pick(ENDINGS),
      hasHeaders: !random.oneIn(10),
    };
  },
  async run({ use, parts, ending, hasHeaders }: ClientInput): Promise<Verdict> {
    const sources: ScriptedSource[] = [];
    const transport: ClientTransport = {
      peer: "grpc://host:1",
      call: (request) => {
        const source = new ScriptedSource(parts, ending);
        sources.push(source);
        // A connection that says nothing more is lost in the end.
        if (ending === "silence") setTimeout(() => source.fail(lost()), 1);
        return answerOf(request, source, hasHeaders);
      },
      close: () => Promise.resolve(),
    };
    const client = new FlightClient(transport, {
      maxDecompressedMessageBytes: MAX_DECOMPRESSED_BYTES,
    } as never);
    let verdict: Verdict;
    try {
      await USES[use]!.use(client);
    } catch (error) {
      verdict = rejection(error);
    }
    await client.close();
    check(
      sources.every(({ isDone }) => isDone),
      () => "an answer is neither read to its end nor canceled",
    );
    return verdict;
  },
};

function answerOf(
  { messages }: ClientRequest,
  source: ScriptedSource,
  hasHeaders: boolean,
): CallResponse<Uint8Array> {
  drain(messages).catch(() => {});
  const headers = hasHeaders
    ? Promise.resolve(new FlightHeaders())
    : Promise.reject(lost());
  headers.catch(() => {});
  return { headers, messages: source, trailers: () => new FlightHeaders() };
}

async function drain(source: Source<OutgoingMessage>): Promise<void> {
  while (await source.read() !== undefined) {
    // It would be sent.
  }
}

async function all(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) {
    // It is enough that it is there.
  }
}
