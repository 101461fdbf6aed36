import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FlightError, pathDescriptor } from "@contrail/flight";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { filled, NUMBERS, numbers, values } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

rpcTest(
  "DoPut: every batch is acknowledged while the upload goes on",
  async (connectTo) => {
    const stored: number[][] = [];
    await using peer = await connectTo({
      async *doPut(upload, context) {
        assertEquals<unknown>(await upload.descriptor, HERE);
        assertEquals((await upload.schema).fields[0]!.name, "n");
        context.responseTrailers.set("x-stored", "all");
        for await (const { batch, appMetadata } of upload.messages()) {
          stored.push(values(batch!));
          yield { appMetadata };
        }
        yield {};
      },
    });
    const upload = peer.client.doPut(HERE);
    const writer = upload.writable.getWriter();
    const results = upload.results.getReader();
    for (let i = 0; i < 5; i++) {
      await writer.write({
        batch: numbers(i, i + 1),
        appMetadata: Uint8Array.of(i),
      });
      assertEquals<unknown>((await results.read()).value, {
        appMetadata: Uint8Array.of(i),
      });
    }
    await writer.close();
    assertEquals((await results.read()).value?.appMetadata, undefined);
    assertEquals((await results.read()).done, true);
    assertEquals(stored, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]);
  },
);

rpcTest(
  "DoPut takes whole tables, streams by pipeTo, and writeAll",
  async (connectTo) => {
    await using peer = await connectTo({
      async doPut(upload) {
        let rows = 0;
        for await (const batch of upload) rows += batch.numRows;
        return [{ appMetadata: new TextEncoder().encode(String(rows)) }];
      },
    });
    const count = (results: { appMetadata?: Uint8Array | undefined }[]) =>
      results.map(({ appMetadata }) => new TextDecoder().decode(appMetadata));
    const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
    assertEquals(count(await peer.client.doPut(HERE).writeAll(table)), ["3"]);
    assertEquals(
      count(await peer.client.doPut(HERE).writeAll([numbers(1), table])),
      ["4"],
    );
    const upload = peer.client.doPut(HERE);
    const [, results] = await Promise.all([
      ReadableStream.from([numbers(1), numbers(), numbers(2)]).pipeTo(
        upload.writable,
      ),
      Array.fromAsync(upload.results),
    ]);
    assertEquals(count(results), ["2"]);
  },
);

rpcTest(
  "DoPut without a batch: with a schema, and with the descriptor alone",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doPut(upload) {
        assertEquals<unknown>(await upload.descriptor, HERE);
        const fields = await upload.schema.then(
          (schema) => schema.fields.length,
          (error) => error.code,
        );
        assertEquals(await Array.fromAsync(upload), []);
        yield { appMetadata: new TextEncoder().encode(String(fields)) };
      },
    });
    const text = new TextDecoder();
    const [withSchema] = await peer.client.doPut(HERE, { schema: NUMBERS })
      .writeAll([]);
    assertEquals(text.decode(withSchema!.appMetadata), "1");
    const [without] = await peer.client.doPut(HERE).writeAll([]);
    assertEquals(text.decode(without!.appMetadata), "FAILED_PRECONDITION");
  },
);

rpcTest(
  "DoPut: a schema that is given is sent before the first batch",
  async (connectTo) => {
    const opened = event();
    await using peer = await connectTo({
      async *doPut(upload) {
        await upload.schema;
        opened.resolve();
        for await (const _ of upload) yield {};
      },
    });
    const upload = peer.client.doPut(HERE, { schema: NUMBERS });
    await opened.promise;
    assertEquals((await upload.writeAll([numbers(1)])).length, 1);
  },
);

rpcTest(
  "DoPut: the server answers and completes before the end of the upload",
  async (connectTo) => {
    const ended = event();
    await using peer = await connectTo({
      async *doPut(upload, { signal }) {
        signal.addEventListener("abort", () => ended.resolve());
        await upload.descriptor;
        yield { appMetadata: Uint8Array.of(1) };
      },
    });
    const upload = peer.client.doPut(HERE, { schema: NUMBERS });
    assertEquals(
      (await Array.fromAsync(upload.results)).map(({ appMetadata }) =>
        appMetadata?.[0]
      ),
      [1],
    );
    await ended.promise;
    // No more is wanted, which a writer is told, but closing is no error.
    await peer.client.doPut(HERE, { schema: NUMBERS }).writeAll([]);
    const writer = upload.writable.getWriter();
    await assertFlightError(writer.write(numbers(1)), "CANCELLED");
    const closing = peer.client.doPut(HERE, { schema: NUMBERS });
    await Array.fromAsync(closing.results);
    await closing.writable.close();
    // An endless source is canceled, and the answers are not lost.
    let cancelled = false;
    const results = await peer.client.doPut(HERE).writeAll(
      new ReadableStream<RecordBatch>({
        async pull(controller) {
          await turns(1);
          controller.enqueue(numbers(1));
        },
        cancel: () => void (cancelled = true),
      }, { highWaterMark: 0 }),
      { allowPartial: true },
    );
    assertEquals(results.length, 1);
    assert(cancelled);
  },
);

rpcTest("DoPut that returns nothing answers nothing", async (connectTo) => {
  await using peer = await connectTo({
    async doPut(upload) {
      for await (const _ of upload);
    },
  });
  assertEquals(await peer.client.doPut(HERE).writeAll([numbers(1)]), []);
});

rpcTest("DoPut that is not implemented", async (connectTo) => {
  await using peer = await connectTo({});
  await assertFlightError(
    peer.client.doPut(HERE).writeAll([numbers(1)]),
    "UNIMPLEMENTED",
  );
});

rpcTest(
  "DoPut: the handler fails before, between and after results",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doPut(upload) {
        const [where] =
          (await upload.descriptor as { path: readonly string[] }).path;
        if (where === "before") {
          throw new FlightError("ALREADY_EXISTS", "it is there");
        }
        for await (const _ of upload) {
          yield {};
          if (where === "between") {
            throw new FlightError("RESOURCE_EXHAUSTED", "the disk is full");
          }
        }
        throw new FlightError("INTERNAL", "cannot commit");
      },
    });
    const { client } = peer;
    await assertFlightError(
      client.doPut(pathDescriptor("before")).writeAll([numbers(1)]),
      "ALREADY_EXISTS",
    );

    const upload = client.doPut(pathDescriptor("between"));
    const writer = upload.writable.getWriter();
    const results = upload.results.getReader();
    await writer.write(numbers(1));
    assertEquals((await results.read()).done, false);
    await assertFlightError(
      results.read(),
      "RESOURCE_EXHAUSTED",
      "[resource exhausted] DoPut: the disk is full",
    );
    await assertFlightError(writer.closed, "RESOURCE_EXHAUSTED");
    await assertFlightError(writer.write(numbers(2)), "RESOURCE_EXHAUSTED");

    const last = client.doPut(pathDescriptor("after"));
    await assertFlightError(
      last.writeAll([numbers(1)]),
      "INTERNAL",
      "[internal] DoPut: cannot commit",
    );
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "DoPut: an error in the caller's own source reaches the results and the server",
  async (connectTo) => {
    const started = event();
    const seen = event<unknown>();
    await using peer = await connectTo({
      async *doPut(upload, { signal }) {
        started.resolve();
        aborted(signal).then(seen.resolve);
        for await (const _ of upload) yield {};
      },
    });
    const own = new Error("the file is corrupt");
    const source = (async function* () {
      yield numbers(1);
      // A call that never left would not be seen by the server.
      await started.promise;
      throw own;
    })();
    const upload = peer.client.doPut(HERE);
    const reading = rejection(Array.fromAsync(upload.results));
    assertStrictEquals(
      await rejection(ReadableStream.from(source).pipeTo(upload.writable)),
      own,
    );
    assertStrictEquals(await reading, own);
    const error = await seen.promise;
    assert(FlightError.is(error) && error.code === "CANCELLED", `got ${error}`);
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "DoPut: what cannot be written fails the write and the call",
  async (connectTo) => {
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const _ of upload);
      },
    });
    for (
      const wrong of [42, null, {}, "batch", { batch: 1 }, {
        appMetadata: 1,
      }]
    ) {
      const upload = peer.client.doPut(HERE);
      const reading = rejection(Array.fromAsync(upload.results));
      const writer = upload.writable.getWriter();
      // deno-lint-ignore no-explicit-any
      const error = await rejection(writer.write(wrong as any));
      assert(error instanceof TypeError, `${JSON.stringify(wrong)}: ${error}`);
      assertStrictEquals(await reading, error);
    }
    const upload = peer.client.doPut(HERE);
    const other = tableFromArrays({ other: Float64Array.of(1) });
    const error = await rejection(upload.writeAll([numbers(1), other]));
    assert(
      FlightError.is(error) && error.code === "INVALID_ARGUMENT",
      `got ${error}`,
    );
  },
);

rpcTest(
  "DoPut: errors on both sides at once leave nothing behind",
  async (connectTo) => {
    const failNow = event();
    await using peer = await connectTo({
      async *doPut(upload) {
        for await (const _ of upload) yield {};
        await failNow.promise;
        throw new FlightError("ABORTED", "the server gave up");
      },
    });
    const upload = peer.client.doPut(HERE);
    const writer = upload.writable.getWriter();
    const results = upload.results.getReader();
    await writer.write(numbers(1));
    await results.read();
    const own = new Error("the client gave up");
    const aborting = writer.abort(own);
    failNow.resolve();
    await aborting;
    const error = await rejection(results.read());
    assert(
      error === own || (FlightError.is(error) && error.code === "ABORTED"),
      `got ${error}`,
    );
  },
);

rpcTest(
  "DoPut: cancelling the results, or disposing, cancels the call and the writer",
  async (connectTo) => {
    let ended = event<unknown>();
    let started = event();
    await using peer = await connectTo({
      async doPut(_upload, { signal }) {
        started.resolve();
        ended.resolve(await aborted(signal));
      },
    });
    const upload = peer.client.doPut(HERE, { schema: NUMBERS });
    const writer = upload.writable.getWriter();
    await writer.write(numbers(1));
    await started.promise;
    await upload.results.cancel("no interest");
    const reason = await ended.promise;
    assert(
      FlightError.is(reason) && reason.code === "CANCELLED",
      `got ${reason}`,
    );
    assertEquals(await rejection(writer.closed), "no interest");

    ended = event();
    started = event();
    {
      await using disposed = peer.client.doPut(HERE, { schema: NUMBERS });
      await disposed.writable.getWriter().write(numbers(1));
      await started.promise;
    }
    await ended.promise;
  },
);

rpcTest(
  "DoPut: aborting the signal gives its reason to results and writer",
  async (connectTo) => {
    const started = event();
    await using peer = await connectTo({
      async doPut(upload, { signal }) {
        await upload.schema;
        started.resolve();
        await aborted(signal);
      },
    });
    const controller = new AbortController();
    const upload = peer.client.doPut(HERE, {
      schema: NUMBERS,
      signal: controller.signal,
    });
    const writer = upload.writable.getWriter();
    const pending = rejection(upload.results.getReader().read());
    await started.promise;
    const reason = new Error("stop");
    controller.abort(reason);
    assertStrictEquals(await pending, reason);
    assertStrictEquals(await rejection(writer.closed), reason);
  },
);

rpcTest("DoPut: the deadline ends an upload that waits", async (connectTo) => {
  await using peer = await connectTo({
    async doPut(_upload, { signal }) {
      await aborted(signal);
    },
  });
  const upload = peer.client.doPut(HERE, { timeoutMs: 200 });
  const writer = upload.writable.getWriter();
  await assertFlightError(Array.fromAsync(upload.results), "DEADLINE_EXCEEDED");
  await assertFlightError(writer.closed, "DEADLINE_EXCEEDED");
});

rpcTest("DoPut: a slow server stops the client's source", async (connectTo) => {
  const rows = 4096;
  const total = 400;
  let produced = 0;
  let consumed = 0;
  let worst = 0;
  await using peer = await connectTo({
    async doPut(upload) {
      for await (const batch of upload) {
        if (consumed % 40 === 0) await turns(20);
        worst = Math.max(worst, produced - consumed);
        assertEquals(batch.numRows, rows);
        consumed++;
      }
    },
  }, { smallWindows: true });
  await peer.client.doPut(HERE).writeAll((function* () {
    for (; produced < total; produced++) yield filled(rows, produced);
  })());
  assertEquals(consumed, total);
  assert(worst <= peer.maxBatchesAhead, `${worst} batches ahead of the server`);
});

rpcTest(
  "DoPut: the server's limit answers, naming limit, size and option",
  async (connectTo) => {
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const _ of upload);
      },
    }, { maxReceiveMessageBytes: 1_000_000 });
    const error = await assertFlightError(
      peer.client.doPut(HERE).writeAll([numbers(1), filled(500_000, 1)]),
      "RESOURCE_EXHAUSTED",
      /2000\d{3} bytes.*limit of 1000000 bytes.*maxReceiveMessageBytes/,
    );
    assertEquals(error.origin, "remote");
  },
);
