/**
 * `@connectrpc/connect-web` with our handler.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  loadPackage,
  loadProtobufEs,
  type Message,
  type Service,
} from "./protobuf_es.ts";
import type { WebCases } from "./web_cases.ts";
import { ERROR_TEXT, EXTRA_INFO } from "./web_service.ts";

interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  onHeader?(headers: Headers): void;
  onTrailer?(trailers: Headers): void;
}

type Unary = (fields: object, options?: CallOptions) => Promise<Message>;
type Streaming = (
  fields: object,
  options?: CallOptions,
) => AsyncIterable<Message>;

/** Methods that connect-web can call: browsers stream no requests. */
interface Client {
  readonly getFlightInfo: Unary;
  readonly pollFlightInfo: Unary;
  readonly getSchema: Unary;
  readonly listFlights: Streaming;
  readonly doGet: Streaming;
  readonly doAction: Streaming;
  readonly listActions: Streaming;
}

/** An error of the package. */
interface ConnectFailure extends Error {
  readonly code: number;
  readonly rawMessage: string;
  readonly details: readonly {
    readonly type: string;
    readonly value: Uint8Array;
  }[];
}

const NOT_FOUND = 5;
const encoder = new TextEncoder();

/** Makes the cases. */
export function connectWebCases(url: string, packages: string): WebCases {
  const { service } = loadProtobufEs(packages);
  const connect = loadPackage<{
    createClient(service: Service, transport: unknown): Client;
    encodeBinaryHeader(bytes: Uint8Array): string;
    decodeBinaryHeader(text: string): Uint8Array;
  }>(packages, "@connectrpc/connect");
  const web = loadPackage<{
    createGrpcWebTransport(options: { baseUrl: string }): unknown;
  }>(packages, "@connectrpc/connect-web");
  const transport = web.createGrpcWebTransport({ baseUrl: url });
  const client = connect.createClient(service, transport);
  return {
    async "unary"() {
      const info = await client.getFlightInfo(path("x"));
      assertEquals(info.flightDescriptor.path, ["x"]);
      assertEquals(info.totalRecords, 2n ** 53n + 1n);
      const { progress } = await client.pollFlightInfo(path("x"));
      assertEquals(progress, 1);
      const { schema } = await client.getSchema(path("x"));
      assert(schema.length > 0);
    },

    async "server streaming"() {
      assertEquals((await all(client.listFlights({}))).length, 3);
      const [action] = await all(client.listActions({}));
      assertEquals(action.type, "echo");
      const body = encoder.encode("x");
      const [result] = await all(client.doAction({ type: "echo", body }));
      assertEquals(result.body, body);
    },

    async "100 MiB down"() {
      let bytes = 0;
      for await (
        const { dataBody } of client.doGet({ ticket: encoder.encode("100") })
      ) bytes += dataBody.length;
      assertEquals(bytes, 100 * 2 ** 20);
    },

    async "metadata both ways, and trailers"() {
      const bytes = Uint8Array.of(1, 0, 255);
      let headers = new Headers();
      let trailers = new Headers();
      await client.getFlightInfo(path("x"), {
        headers: {
          "x-text": "a text",
          "x-bytes-bin": connect.encodeBinaryHeader(bytes),
        },
        onHeader: (got) => headers = got,
        onTrailer: (got) => trailers = got,
      });
      const binary = (from: Headers, name: string) =>
        connect.decodeBinaryHeader(from.get(name) ?? "");
      assertEquals(headers.get("x-text"), "a text");
      assertEquals([...binary(headers, "x-bytes-bin")], [1, 0, 255]);
      assertEquals(trailers.get("x-trailer"), "last");
      assertEquals([...binary(trailers, "x-trailer-bin")], [255, 0, 1]);
    },

    async "error with details: before the first message"() {
      await failsWithDetails(() => client.getFlightInfo(path("fail")));
    },

    async "error with details: after two messages"() {
      let bytes = 0;
      await failsWithDetails(async () => {
        const ticket = encoder.encode("fail");
        for await (const { dataBody } of client.doGet({ ticket })) {
          bytes += dataBody.length;
        }
      });
      assertEquals(bytes, 2 * 2 ** 20);
    },

    async "deadline"() {
      const error = await failureOf(() =>
        all(client.doAction({ type: "never" }, { timeoutMs: 300 }))
      );
      assertEquals(error.code, 4);
    },

    async "cancel"() {
      const controller = new AbortController();
      const { signal } = controller;
      const error = await failureOf(async () => {
        for await (const _ of client.doAction({ type: "wait" }, { signal })) {
          controller.abort();
        }
      });
      assertEquals(error.code, 1);
      // It answers once the server has seen the cancel.
      await all(client.doAction({ type: "canceled" }));
    },
  };
}

function path(name: string): object {
  return { type: 1, path: [name] };
}

function all(stream: AsyncIterable<Message>): Promise<Message[]> {
  return Array.fromAsync(stream);
}

async function failureOf(
  call: () => Promise<unknown>,
): Promise<ConnectFailure> {
  return await assertRejects(call, Error) as ConnectFailure;
}

/** Fails with the code and the details of our error, not as INTERNAL or DATA_LOSS. */
async function failsWithDetails(call: () => Promise<unknown>): Promise<void> {
  const error = await failureOf(call);
  assertEquals([error.code, error.rawMessage], [NOT_FOUND, ERROR_TEXT]);
  assertEquals(error.details.map(({ type }) => type), [
    "google.protobuf.BytesValue",
  ]);
  // The value of a BytesValue is its field 1.
  assertEquals(
    [...error.details[0]!.value],
    [0x0a, EXTRA_INFO.length, ...EXTRA_INFO],
  );
}
