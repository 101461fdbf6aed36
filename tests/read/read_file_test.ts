/** `read` of Arrow IPC files at `http://` locations. */

import type * as http from "node:http";
import { inspect } from "node:util";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { FlightErrorCode } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import type { RecordBatch } from "apache-arrow";
import { fileOf } from "../support/ipc/ipc_files.ts";
import { encode } from "../support/ipc/ipc_streams.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { filled, numbers, values } from "../support/numbers.ts";
import { infoAt, numbersOf } from "../support/endpoints.ts";
import { type Handler, httpPeer, httpTest } from "./http_peer.ts";

const MIB = 1024 * 1024;

/** A file of so many batches of 1 MiB, batch i of which is full of i; the last one lies first. */
function fileOfBatches(count: number): Uint8Array {
  const batches = Array.from({ length: count }, (_, i) => filled(MIB / 4, i));
  const order = Array.from(
    { length: count },
    (_, i) => (i + count - 1) % count,
  );
  return fileOf(encode(batches), { order });
}

const FILE = fileOfBatches(40);

/** The first value of each batch. */
const firsts = (batches: RecordBatch[]) =>
  batches.map((batch) => [batch.numRows, values(batch)[0]]);

const WANTED = Array.from({ length: 40 }, (_, i) => [MIB / 4, i]);

/** Way to serve a file. */
interface Serving {
  file?: Uint8Array;
  headers?: http.OutgoingHttpHeaders;
  /** Changes what is answered to the range request of this number, from 0 on. */
  range?:
    | ((
      index: number,
      answer: {
        status: number;
        headers: http.OutgoingHttpHeaders;
        body: Uint8Array;
      },
    ) => void)
    | undefined;
}

/** Serves a file as object stores do: with ranges and an entity tag. */
function serving({ file = FILE, headers, range }: Serving = {}): Handler {
  let index = 0;
  return ({ headers: asked }, response) => {
    const answer = {
      status: 200,
      headers: {
        "accept-ranges": "bytes",
        etag: '"1"',
        ...headers,
      } as http.OutgoingHttpHeaders,
      body: file,
    };
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(asked.range ?? "") ?? [];
    if (first !== undefined) {
      if (asked["if-range"] === (answer.headers.etag ?? asked["if-range"])) {
        answer.status = 206;
        answer.body = file.subarray(Number(first), Number(last) + 1);
        Object.assign(answer.headers, {
          "content-range": `bytes ${first}-${last}/${file.byteLength}`,
        });
      }
      range?.(index++, answer);
    }
    const { headers: { etag, ...others } } = answer;
    response.writeHead(answer.status, {
      "content-length": answer.body.byteLength,
      ...others,
      ...(etag === undefined ? {} : { etag }),
    });
    response.end(answer.body);
  };
}

const rangeOf = ({ headers }: http.IncomingMessage) => headers.range;

httpTest(
  "read() of a large file reads ranges of it, by its footer",
  async () => {
    await using peer = await httpPeer(serving(), { maxFileBytes: MIB });
    const stream = peer.client.read(infoAt(`${peer.origin}/f?sig=1`));
    assertEquals((await stream.schema).names, ["n"]);
    assertEquals(firsts(await Array.fromAsync(stream)), WANTED);
    const [first, ...ranges] = peer.requests;
    assertEquals(rangeOf(first!), undefined);
    // The end, twice 16 MiB, the rest, and the batch that lies first.
    assertEquals(ranges.length, 5, `${ranges.map(rangeOf)}`);
    for (const { url, headers } of ranges) {
      assertEquals(url, "/f?sig=1");
      assertEquals(headers["if-range"], '"1"');
      assertEquals(headers.authorization, undefined);
    }
  },
);

httpTest(
  "read() of a file takes a Last-Modified that is old enough",
  async () => {
    const date = "Sat, 28 Nov 2026 12:00:00 GMT";
    const modified = {
      "Sat, 28 Nov 2026 11:59:59 GMT": true,
      "Sat, 28 Nov 2026 12:00:00 GMT": false,
      "yesterday": false,
    };
    for (const [lastModified, isStrong] of Object.entries(modified)) {
      const headers = { etag: undefined, date, "last-modified": lastModified };
      const file = fileOfBatches(3);
      await using peer = await httpPeer((request, response) => {
        if (request.headers["if-range"]) {
          assertEquals(request.headers["if-range"], lastModified);
        }
        return serving({ file, headers: headers })(
          request,
          response,
        );
      });
      const batches = await Array.fromAsync(
        peer.client.read(infoAt(peer.origin)),
      );
      assertEquals(batches.length, 3);
      assertEquals(peer.requests.length > 1, isStrong, lastModified);
    }
  },
);

/** Answers of which no ranges are read, though the file is large. */
const WHOLE: Record<string, http.OutgoingHttpHeaders> = {
  "no ranges": { "accept-ranges": "none" },
  "a weak entity tag": { etag: 'W/"1"' },
  "no validator": { etag: undefined },
};

httpTest(
  "read() of a file without ranges holds it, up to a bound",
  async () => {
    const file = fileOfBatches(3);
    for (const [name, headers] of Object.entries(WHOLE)) {
      await using peer = await httpPeer(serving({ file, headers }));
      const batches = await Array.fromAsync(
        peer.client.read(infoAt(peer.origin)),
      );
      assertEquals(firsts(batches), WANTED.slice(0, 3), name);
      assertEquals(peer.requests.length, 1, name);

      await using bounded = await httpPeer(serving({ file, headers }), {
        maxFileBytes: 2 * MIB,
      });
      await assertFlightError(
        numbersOf(bounded.client.read(infoAt(bounded.origin))),
        "RESOURCE_EXHAUSTED",
        /the file has more than 2097152 bytes \(option maxFileBytes\), and can only be read as a whole: there are no ranges of it \(endpoints\[0\]/,
      );
    }
  },
);

httpTest(
  "read() of a file that is compressed on the way holds it",
  async () => {
    const file = fileOfBatches(3);
    await using peer = await httpPeer((request, response) => {
      // Stored, so that it is as long as if ranges were worth it.
      const body = gzipSync(file, { level: 0 });
      response.writeHead(request.headers.range ? 500 : 200, {
        "accept-ranges": "bytes",
        etag: '"1"',
        "content-encoding": "gzip",
        "content-length": body.byteLength,
      }).end(body);
    });
    const batches = await Array.fromAsync(
      peer.client.read(infoAt(peer.origin)),
    );
    assertEquals(firsts(batches), WANTED.slice(0, 3));
  },
);

httpTest("read() of a small file is one request", async () => {
  await using peer = await httpPeer(
    serving({ file: fileOf(encode([numbers(1, 2), numbers(), numbers(3)])) }),
  );
  assertEquals(await numbersOf(peer.client.read(infoAt(peer.origin))), [
    1,
    2,
    3,
  ]);
  assertEquals(peer.requests.length, 1);
});

httpTest(
  "read() of a file that is new when its end is asked for reads that",
  async () => {
    const before = fileOfBatches(3);
    const after = fileOf(encode([numbers(7, 8)]));
    await using peer = await httpPeer((request, response) =>
      request.headers.range === undefined
        ? serving({ file: before })(request, response)
        : serving({ file: after, headers: { etag: '"2"' } })(request, response)
    );
    assertEquals(await numbersOf(peer.client.read(infoAt(peer.origin))), [
      7,
      8,
    ]);
    assertEquals(peer.requests.length, 2);
  },
);

/** Faults of a server in the middle of a file. */
const BROKEN: Record<
  string,
  [Serving["range"], FlightErrorCode, problem: string]
> = {
  "another file": [
    (index, answer) => {
      if (index === 2) {
        Object.assign(answer, { status: 200, body: FILE });
      }
    },
    "ABORTED",
    "the file was changed while it was read",
  ],
  "another entity tag": [
    (index, { headers }) => {
      if (index === 2) headers.etag = '"2"';
    },
    "ABORTED",
    "the file was changed while it was read",
  ],
  "another entity tag at the end of the file": [
    (_, { headers }) => void (headers.etag = '"2"'),
    "ABORTED",
    "the file was changed while it was read",
  ],
  "another length": [
    (index, { headers }) => {
      if (index === 2) {
        headers["content-range"] = String(headers["content-range"])
          .replace(/\d+$/, "99999999");
      }
    },
    "ABORTED",
    "the file was changed while it was read",
  ],
  "another range": [
    (index, { headers }) => {
      if (index === 2) headers["content-range"] = "bytes 0-99/1000";
    },
    "INTERNAL",
    'it answered with HTTP status 206 and "bytes 0-99/1000"',
  ],
  "no range": [
    (_, { headers }) => void (delete headers["content-range"]),
    "INTERNAL",
    'it answered with HTTP status 206 and "no Content-Range"',
  ],
  "a range that is compressed": [
    (_, answer) => {
      answer.body = gzipSync(answer.body);
      answer.headers["content-encoding"] = "gzip";
    },
    "INTERNAL",
    "",
  ],
  "too few bytes": [
    (index, answer) => {
      if (index === 2) answer.body = answer.body.subarray(0, 1000);
    },
    "UNAVAILABLE",
    "a range of the file was cut short",
  ],
  "no bytes": [
    (_, answer) => void (answer.body = new Uint8Array()),
    "UNAVAILABLE",
    "a range of the file was cut short",
  ],
  "416": [
    (index, answer) => {
      if (index === 2) answer.status = 416;
    },
    "UNKNOWN",
    "it answered with HTTP status 416",
  ],
  "503": [
    (index, answer) => {
      if (index === 2) answer.status = 503;
    },
    "UNAVAILABLE",
    "it answered with HTTP status 503",
  ],
};

httpTest("read() of a file says what was wrong with a range", async () => {
  for (const [name, [range, code, problem]] of Object.entries(BROKEN)) {
    await using peer = await httpPeer(serving({ range }));
    const stream = peer.client.read(infoAt(`${peer.origin}/f?sig=secret`));
    const error = await assertFlightError(numbersOf(stream), code);
    assert(error.message.includes(problem), `${name}: ${error.message}`);
    assert(error.message.includes("(endpoints[0], read from http://"), name);
    assert(!inspect(error).includes("secret"), inspect(error));
  }
});

httpTest("read() of a file ignores what follows a range", async () => {
  await using peer = await httpPeer(serving({
    range: (_, answer) => {
      const longer = new Uint8Array(answer.body.byteLength + 100_000);
      longer.set(answer.body);
      answer.body = longer;
    },
  }));
  const batches = await Array.fromAsync(peer.client.read(infoAt(peer.origin)));
  assertEquals(firsts(batches), WANTED);
});

httpTest(
  "read() of a file that is cancelled asks for nothing more",
  async () => {
    await using peer = await httpPeer(serving());
    const reader = peer.client.read(infoAt(peer.origin)).getReader();
    assertEquals(values((await reader.read()).value!)[0], 0);
    const { length } = peer.requests;
    // The whole, the end, and the first 16 MiB.
    assertEquals(length, 3);
    await reader.cancel();
    assertEquals((await reader.read()).done, true);
    assertEquals(peer.requests.length, length);
  },
);

httpTest(
  "read() of a file is aborted and timed out in its ranges too",
  async () => {
    for (const silent of [0, 1]) {
      const asked = event();
      let ranges = 0;
      await using peer = await httpPeer((request, response) => {
        if (request.headers.range && ranges++ === silent) {
          return asked.resolve();
        }
        return serving()(request, response);
      });
      const reason = new Error("enough");
      const controller = new AbortController();
      const pending = rejection(
        numbersOf(
          peer.client.read(infoAt(peer.origin), { signal: controller.signal }),
        ),
      );
      await asked.promise;
      controller.abort(reason);
      assertStrictEquals(await pending, reason);

      ranges = 0;
      await assertFlightError(
        numbersOf(
          peer.client.read(infoAt(peer.origin), { readTimeoutMs: 300 }),
        ),
        "DEADLINE_EXCEEDED",
        /no message arrived within readTimeoutMs \(300\)/,
      );
    }
  },
);

httpTest(
  "read() of a file whose ranges cannot be had goes elsewhere",
  async () => {
    await using peer = await httpPeer(serving({
      range: (_, answer) => void (answer.status = 503),
    }));
    assertEquals(await numbersOf(peer.client.read(infoAt(peer.origin, ""))), [
      0,
    ]);
  },
);

test("option maxFileBytes is checked", () => {
  for (
    const [maxFileBytes, errorClass] of [
      [0, RangeError],
      [-1, RangeError],
      [1.5, RangeError],
      ["5" as unknown as number, TypeError],
    ] as const
  ) {
    const error = assertThrows(
      () => connectInMemory({}, { maxFileBytes }),
      errorClass,
    );
    assert(error.message.includes("Cannot use option maxFileBytes"));
  }
});

test("files: every body of a response that was not fetched is ended", async () => {
  const left = new Set<string>();
  await using client = connectInMemory({}, {
    fetchLocation({ headers }) {
      const range = headers.get("range");
      const [, from = "0", to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
      const part = FILE.subarray(Number(from), Number(to ?? FILE.length) + 1);
      const name = range ?? "whole";
      left.add(name);
      let at = 0;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          if (at < part.length) {
            return controller.enqueue(part.slice(at, at += MIB / 4));
          }
          left.delete(name);
          controller.close();
        },
        cancel: () => void left.delete(name),
      }, { highWaterMark: 0 });
      return Promise.resolve(
        new Response(body, {
          status: range === null ? 200 : 206,
          headers: {
            "accept-ranges": "bytes",
            "content-length": String(part.length),
            "content-range": `bytes ${from}-${to}/${FILE.length}`,
            etag: '"1"',
          },
        }),
      );
    },
  });
  const batches = await Array.fromAsync(
    client.read(infoAt("http://files.invalid/")),
  );
  assertEquals(firsts(batches), WANTED);
  assertEquals([...left], []);
});

test("files: a body that gives nothing can be canceled", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const canceled = Promise.withResolvers<unknown>();
  await using client = connectInMemory({}, {
    fetchLocation() {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        // The one that reads is aborted while it waits.
        pull: () => controller.abort(reason),
        cancel: (reason) => canceled.resolve(reason),
      }, { highWaterMark: 0 });
      return Promise.resolve(new Response(body));
    },
  });
  const info = infoAt("http://files.invalid/");
  const { signal } = controller;
  const error = await rejection(client.read(info, { signal }).table());
  assertStrictEquals(error, reason);
  await canceled.promise;
});
