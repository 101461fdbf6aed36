/**
 * DoPut and DoExchange beyond data: acknowledgements, metadata-only messages,
 * cancellation, flow control.
 *
 * @module
 */
import {
  type FlightClient,
  FlightError,
  pathDescriptor,
} from "../../../../mod.ts";
import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { BIG_SCHEMA, bigBatch, checkBigBatch } from "../../load/big_stream.ts";
import { settled } from "../../load/settled.ts";
import {
  act,
  bytes,
  type Cases,
  collect,
  event,
  text,
  ticket,
} from "./case.ts";

/** Batches of 1 MiB in a stream whose length stands for stability. */
const STABLE_BATCHES = 64;

/**
 * Number of rounds, to show that data never hangs. gRPC's core measures each
 * new connection, and raises its windows when 4 MiB have come: in the middle of
 * a round.
 */
const ROUNDS = 200;
const ROUND_BATCHES = 16;

/** A round that takes longer hangs; it takes some 25 ms. */
const ROUND_TIMEOUT_MS = 30_000;

/**
 * Most batches of 1 MiB that may be in transit without a reader: windows of 16
 * MiB on our side, of the peer's choice on the other, and sockets.
 */
const MOST_UNDER_WAY = 64;
const LONG_STREAM = 256;

/** The cases. */
export const STREAM_CASES: Cases = {
  "put of metadata alone": async ({ client }) => {
    const upload = client.doPut(pathDescriptor("messages"), {
      schema: BIG_SCHEMA,
    });
    const results = await upload.writeAll([
      { appMetadata: bytes("first") },
      { batch: bigBatch(0), appMetadata: bytes("with") },
      { appMetadata: bytes("between") },
      { batch: bigBatch(1) },
      { appMetadata: bytes("last") },
    ]);
    assertEquals(results.map(({ appMetadata }) => text(appMetadata)), [
      "metadata first",
      "batch with",
      "metadata between",
      "batch",
      "metadata last",
    ]);
  },
  "put that the server ends early": async ({ client }) => {
    const upload = client.doPut(pathDescriptor("early", "2"));
    const results = await upload.writeAll(endless(), { allowPartial: true });
    assertEquals(results.map(({ appMetadata }) => text(appMetadata)), [
      "enough",
    ]);
    assert(upload.isPartial);
    const strict = client.doPut(pathDescriptor("early", "2"));
    await assertRejects(
      () => strict.writeAll(endless()),
      FlightError,
      "before it had read everything",
    );
  },
  "put without a schema": async ({ client }) => {
    // As Flight SQL does for updates: a descriptor, and then the end.
    const results = await client.doPut(pathDescriptor("messages")).writeAll([]);
    assertEquals(results, []);
  },
  "exchange echo": async ({ client }) => {
    const { writable, readable } = client.doExchange(pathDescriptor("echo"));
    const writer = writable.getWriter();
    const messages = readable.messages().getReader();
    // The answer to each message is awaited before the next is sent.
    for (let index = 0; index < 6; index++) {
      const sent = [
        { batch: bigBatch(index), appMetadata: bytes(`${index}`) },
        { batch: bigBatch(index) },
        { appMetadata: bytes(`alone ${index}`) },
      ][index % 3]!;
      await writer.write(sent);
      const { value } = await messages.read();
      assertEquals(text(value!.appMetadata), text(sent.appMetadata));
      assertEquals(value!.batch === undefined, sent.batch === undefined);
      if (value!.batch) checkBigBatch(value!.batch, index);
    }
    await writer.close();
    assert((await messages.read()).done);
  },
  "exchange of metadata alone": async ({ client }) => {
    const { writable, readable } = client.doExchange(pathDescriptor("echo"));
    const writer = writable.getWriter();
    const messages = readable.messages().getReader();
    await writer.write({ appMetadata: bytes("alone") });
    assertEquals(text((await messages.read()).value!.appMetadata), "alone");
    await writer.close();
    assert((await messages.read()).done);
  },
  "exchange that the server begins": async ({ client }) => {
    const { writable, readable } = client.doExchange(
      pathDescriptor("server first"),
    );
    const messages = readable.messages().getReader();
    const first = await messages.read();
    assertEquals(text(first.value!.appMetadata), "before the schema");
    checkBigBatch((await messages.read()).value!.batch!, 0);
    const writer = writable.getWriter();
    await writer.write(bigBatch(0));
    await writer.write(bigBatch(1));
    await writer.close();
    const last = await messages.read();
    assertEquals(text(last.value!.appMetadata), "131072");
    assert((await messages.read()).done);
  },
  "exchange of 64 MiB": async ({ client }) => {
    const exchange = client.doExchange(pathDescriptor("echo"));
    let index = 0;
    const source = ReadableStream.from(batches(STABLE_BATCHES));
    for await (const batch of source.pipeThrough(exchange)) {
      checkBigBatch(batch, index++);
    }
    assertEquals(index, STABLE_BATCHES);
  },
  "cancel get": async ({ client, id }) => {
    for await (const batch of client.doGet(ticket("endless", id))) {
      checkBigBatch(batch, 0);
      break;
    }
    assertEquals(await event(client, id), "stopped");
  },
  "cancel get by signal": async ({ client, id }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const stream = client.doGet(ticket("endless", id), { signal });
    const reader = stream.getReader();
    await reader.read();
    const reason = new Error("enough");
    controller.abort(reason);
    const error = await reader.read().then(() => reader.read())
      .catch((error) => error);
    assertEquals(error, reason);
    assertEquals(await event(client, id), "stopped");
  },
  "cancel put": async ({ client, id }) => {
    const upload = client.doPut(pathDescriptor("cancelled", id));
    const writer = upload.writable.getWriter();
    await writer.write(bigBatch(0));
    const { value } = await upload.results.getReader().read();
    assertEquals(text(value!.appMetadata), "started");
    await writer.abort(new Error("enough"));
    assertEquals(await event(client, id), "cancelled");
  },
  "cancel exchange": async ({ client, id }) => {
    const exchange = client.doExchange(pathDescriptor("endless", id));
    const reader = exchange.readable.getReader();
    checkBigBatch((await reader.read()).value!, 0);
    await reader.cancel();
    assertEquals(await event(client, id), "cancelled");
  },
  "cancel action": async ({ client, id }) => {
    const controller = new AbortController();
    const reading = collect(
      client.doAction({ type: "hang", body: bytes(id) }, {
        signal: controller.signal,
      }),
    );
    // The server cannot be asked whether the call has arrived: either way the
    // call must fail, and where it has, the server must hear of it.
    await act(client, "echo");
    const reason = new Error("enough");
    controller.abort(reason);
    assertEquals(await reading.catch((error) => error), reason);
    assertEquals(await event(client, id), "cancelled");
  },
  "connection after cancelled gets": async ({ client, id }) => {
    // Data on its way for a canceled call must not hurt another one.
    const stream = client.doGet(ticket("big", STABLE_BATCHES, `${id} kept`));
    const reader = stream.getReader();
    checkBigBatch((await reader.read()).value!, 0);
    for (let time = 0; time < 10; time++) {
      for await (const _ of client.doGet(ticket("endless", id))) break;
    }
    for (let index = 1; index < STABLE_BATCHES; index++) {
      checkBigBatch((await reader.read()).value!, index);
    }
    assert((await reader.read()).done);
  },
  "server cancels": async ({ client }) => {
    const stream = client.doGet(ticket("fail after", 1, "CANCELLED", "tired"));
    const reader = stream.getReader();
    checkBigBatch((await reader.read()).value!, 0);
    const error = await reader.read().catch((error) => error);
    assert(FlightError.is(error), String(error));
    assertEquals([error.code, error.origin], ["CANCELLED", "remote"]);
    assertEquals(error.details, "tired");
  },
  "backpressure get": async ({ client, id }) => {
    const stream = client.doGet(ticket("big", LONG_STREAM, id));
    const reader = stream.getReader();
    checkBigBatch((await reader.read()).value!, 0);
    const sent = await settled(async () => {
      return Number(await act(client, "get", id));
    });
    assertLess(sent, MOST_UNDER_WAY);
    for (let index = 1; index < LONG_STREAM; index++) {
      checkBigBatch((await reader.read()).value!, index);
    }
    assert((await reader.read()).done);
  },
  "backpressure put": async ({ client, id }) => {
    let sent = 0;
    const source = batches(LONG_STREAM, () => sent++);
    const upload = client.doPut(pathDescriptor("wait", id));
    const writing = upload.writeAll(source);
    assertLess(await settled(() => Promise.resolve(sent)), MOST_UNDER_WAY);
    await act(client, "set", id);
    const [result] = await writing;
    // One batch was read before.
    assertEquals(text(result!.appMetadata), `${(LONG_STREAM - 1) * 65_536}`);
  },
  "parallel calls": async ({ client, id }) => {
    await Promise.all(Array.from({ length: 8 }, async (_, call) => {
      if (call % 2) await getBig(client, `${id} ${call}`, STABLE);
      else await putBig(client, STABLE);
    }));
  },
  [`get of 16 MiB, ${ROUNDS} times`]: async ({ client, id }) => {
    await rounds((time) => getBig(client, `${id} ${time}`, ROUND));
  },
  [`put of 16 MiB, ${ROUNDS} times`]: async ({ client }) => {
    await rounds(() => putBig(client, ROUND));
  },
  [`get of 16 MiB on ${ROUNDS} connections`]: async ({ connect, id }) => {
    await rounds(async (time) => {
      await using client = connect({});
      await getBig(client, `${id} ${time}`, ROUND);
    });
  },
  [`put of 16 MiB on ${ROUNDS} connections`]: async ({ connect }) => {
    await rounds(async () => {
      await using client = connect({});
      await putBig(client, ROUND);
    });
  },
};

function* batches(
  count: number,
  onBatch = () => {},
): Generator<ReturnType<typeof bigBatch>> {
  for (let index = 0; index < count; index++) {
    onBatch();
    yield bigBatch(index);
  }
}

function* endless(): Generator<ReturnType<typeof bigBatch>> {
  for (let index = 0;; index++) yield bigBatch(index);
}

/** Names the round in which something failed. */
async function rounds(run: (time: number) => Promise<void>): Promise<void> {
  for (let time = 0; time < ROUNDS; time++) {
    try {
      await run(time);
    } catch (cause) {
      throw new Error(`round ${time + 1}: ${cause}`, { cause });
    }
  }
}

interface BigStream {
  /** Batches of 1 MiB. */
  readonly count: number;
  readonly timeoutMs?: number;
}

const STABLE: BigStream = { count: STABLE_BATCHES };
const ROUND: BigStream = {
  count: ROUND_BATCHES,
  timeoutMs: ROUND_TIMEOUT_MS,
};

async function getBig(
  client: FlightClient,
  event: string,
  { count, timeoutMs }: BigStream,
): Promise<void> {
  let index = 0;
  const stream = client.doGet(ticket("big", count, event), { timeoutMs });
  for await (const batch of stream) checkBigBatch(batch, index++);
  assertEquals(index, count);
}

async function putBig(
  client: FlightClient,
  { count, timeoutMs }: BigStream,
): Promise<void> {
  const results = await client.doPut(pathDescriptor("count"), { timeoutMs })
    .writeAll(batches(count));
  assertEquals(results.map(({ appMetadata }) => text(appMetadata)), [
    `[${count * 65_536}, ${count}]`,
  ]);
}
