import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "node:test";
import { Exclusive } from "../../internal/base/exclusive.ts";
import type { Source } from "../../internal/base/source.ts";
import { IterableStream, streamOf } from "../../internal/base/source_stream.ts";

/** Numbers from 1 on, given when they are released. */
class Numbers implements Source<number> {
  reads = 0;
  readonly cancelled: unknown[] = [];
  readonly #last: number;
  readonly #failure: Error | undefined;
  #next = 1;
  #held: (() => void)[] | undefined;

  constructor(last: number, failure?: Error) {
    this.#last = last;
    this.#failure = failure;
  }

  hold(): void {
    this.#held = [];
  }

  release(): void {
    for (const go of this.#held!) go();
    this.#held = undefined;
  }

  async read(): Promise<number | undefined> {
    this.reads++;
    if (this.#held) await new Promise<void>((go) => this.#held!.push(go));
    if (this.cancelled.length > 0) return undefined;
    if (this.#next <= this.#last) return this.#next++;
    if (this.#failure) throw this.#failure;
    return undefined;
  }

  cancel(reason: unknown): void {
    this.cancelled.push(reason);
  }
}

/** The same behavior of a plain stream and of ours. */
const STREAMS: Readonly<
  Record<string, (source: Source<number>) => ReadableStream<number>>
> = {
  "a stream of a source": streamOf,
  "a stream that iterates by itself": (source) =>
    new IterableStream(underlying(source), { highWaterMark: 0 }),
  "a plain stream": (source) =>
    new ReadableStream(underlying(source), { highWaterMark: 0 }),
};

function underlying(source: Source<number>): UnderlyingDefaultSource<number> {
  return {
    async pull(controller) {
      const value = await source.read();
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => source.cancel(reason),
  };
}

for (const [name, make] of Object.entries(STREAMS)) {
  test(`source as stream: ${name} is iterated over to its end, and is closed then`, async () => {
    const source = new Numbers(3);
    const stream = make(source);
    assertEquals(source.reads, 0);
    assertEquals(await Array.fromAsync(stream), [1, 2, 3]);
    assert(!stream.locked);
    assertEquals(source.cancelled, []);
    await stream.getReader().closed;
  });

  test(`source as stream: ${name} that was read to its end can be used as before`, async () => {
    const ended = async (): Promise<ReadableStream<number>> => {
      const stream = make(new Numbers(2));
      assertEquals(await Array.fromAsync(stream), [1, 2]);
      return stream;
    };
    const reader = (await ended()).getReader();
    assert((await reader.read()).done);
    await reader.closed;
    await (await ended()).cancel("it is over");
    assertEquals(await Array.fromAsync(await ended()), []);
    const [left, right] = (await ended()).tee();
    assertEquals(await Array.fromAsync(left), []);
    assertEquals(await Array.fromAsync(right), []);
    const piped: number[] = [];
    await (await ended()).pipeTo(
      new WritableStream({ write: (value) => void piped.push(value) }),
    );
    assertEquals(piped, []);
    const through = (await ended()).pipeThrough(new TransformStream());
    assertEquals(await Array.fromAsync(through), []);
    const twice = await ended();
    twice.getReader();
    assert(twice.locked);
    assertThrows(() => twice.getReader(), TypeError);
  });

  test(`source as stream: ${name} that is left is cancelled`, async () => {
    const source = new Numbers(9);
    const stream = make(source);
    for await (const number of stream) if (number === 2) break;
    assertEquals([source.reads, source.cancelled], [2, [undefined]]);
    assert(!stream.locked);
    await stream.getReader().closed;
  });

  test(`source as stream: ${name} may be iterated over in parts`, async () => {
    const source = new Numbers(4);
    const stream = make(source);
    const seen: number[] = [];
    for await (const number of stream.values({ preventCancel: true })) {
      seen.push(number);
      if (number === 2) break;
    }
    assertEquals([seen, source.cancelled], [[1, 2], []]);
    const reader = stream.getReader();
    assertEquals((await reader.read()).value, 3);
    reader.releaseLock();
    assertEquals(await Array.fromAsync(stream), [4]);
  });

  test(`source as stream: ${name} that fails rejects, and stays failed`, async () => {
    const failure = new Error("broken");
    const stream = make(new Numbers(1, failure));
    const iterator = stream.values();
    assertEquals(await iterator.next(), { done: false, value: 1 });
    const error = await assertRejects(() => iterator.next());
    assert(error === failure);
    assertEquals((await iterator.next()).done, true);
    assert(!stream.locked);
    assert(await assertRejects(() => stream.getReader().read()) === failure);
  });

  test(`source as stream: ${name} is locked while it is iterated over`, async () => {
    const stream = make(new Numbers(2));
    const iterator = stream.values();
    assert(stream.locked);
    assertThrows(() => stream.values(), TypeError);
    assertThrows(() => stream.getReader(), TypeError);
    await assertRejects(() => stream.cancel(), TypeError);
    assertEquals((await iterator.next()).value, 1);
    assertEquals(await iterator.return!(undefined), {
      done: true,
      value: undefined,
    });
    assertEquals((await iterator.next()).done, true);
    assert(!stream.locked);
  });

  test(`source as stream: ${name} gives values in order when several are asked for`, async () => {
    const iterator = make(new Numbers(3)).values();
    const results = await Promise.all(
      Array.from({ length: 5 }, () => iterator.next()),
    );
    assertEquals(results.map(({ value }) => value), [
      1,
      2,
      3,
      undefined,
      undefined,
    ]);
  });

  test(`source as stream: ${name} loses no value that a reader did not wait for`, async () => {
    const source = new Numbers(3);
    const stream = make(source);
    const reader = stream.getReader();
    source.hold();
    const abandoned = reader.read();
    reader.releaseLock();
    await assertRejects(() => abandoned, TypeError);
    const rest = Array.fromAsync(stream);
    source.release();
    assertEquals(await rest, [1, 2, 3]);
  });

  test(`source as stream: ${name} that was cancelled has no values`, async () => {
    const source = new Numbers(3);
    const stream = make(source);
    await stream.cancel("enough");
    assertEquals(source.cancelled, ["enough"]);
    assertEquals(await Array.fromAsync(stream), []);
  });

  const canDispose = Symbol.asyncDispose in make(new Numbers(0)).values();
  test(
    `source as stream: ${name} can be disposed of while it is iterated over`,
    {
      // Node.js 22 does not have it on streams of its own.
      skip: !canDispose && name === "a plain stream",
    },
    async () => {
      const source = new Numbers(3);
      const stream = make(source);
      const iterator = stream.values() as unknown as
        & AsyncIterator<number>
        & AsyncDisposable;
      await iterator.next();
      await iterator[Symbol.asyncDispose]();
      assertEquals(source.cancelled.length, 1);
    },
  );
}

test("source as stream: what is exclusive goes from one to the next in order", async () => {
  const exclusive = new Exclusive();
  const order: number[] = [];
  const run = async (number: number): Promise<void> => {
    const turn = exclusive.take();
    if (turn !== undefined) await turn;
    order.push(number);
    await Promise.resolve();
    order.push(-number);
    exclusive.release();
  };
  await Promise.all([run(1), run(2), run(3)]);
  assertEquals(order, [1, -1, 2, -2, 3, -3]);
  assertEquals(exclusive.take(), undefined);
});

test("streamOf: values that are at hand are taken without a read", async () => {
  let [taken, reads, cancelled] = [0, 0, 0];
  const stream = streamOf<number>({
    // Every third value has to be waited for.
    take: () => taken % 3 === 2 ? undefined : ++taken,
    read() {
      reads++;
      return Promise.resolve(taken < 9 ? ++taken : undefined);
    },
    cancel: () => void cancelled++,
  });
  const seen: number[] = [];
  for await (const value of stream) {
    seen.push(value);
    if (seen.length === 8) break;
  }
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals([reads, cancelled], [2, 1]);
});

test("streamOf: an error after values that were taken rejects the iteration", async () => {
  let taken = 0;
  const failure = new Error("gone");
  const stream = streamOf<number>({
    take: () => taken < 3 ? ++taken : undefined,
    read: () => Promise.reject(failure),
    cancel() {},
  });
  const seen: number[] = [];
  const iterate = async (): Promise<void> => {
    for await (const value of stream) seen.push(value);
  };
  assertEquals(await iterate().catch((error) => error), failure);
  assertEquals(seen, [1, 2, 3]);
  assertEquals(
    await stream.getReader().closed.catch((error) => error),
    failure,
  );
});
