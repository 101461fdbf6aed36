/**
 * The package `grpc-web` with our handler, in its text mode, which is its default, and in its binary mode.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeBase64 } from "../../../internal/base/base64.ts";
import { FetchXmlHttpRequest } from "./fetch_xml_http_request.ts";
import {
  loadPackage,
  loadProtobufEs,
  type Message,
  type Method,
} from "./protobuf_es.ts";
import { SERVICE, type WebCases } from "./web_cases.ts";
import { ERROR_TEXT, EXTRA_INFO } from "./web_service.ts";

type Metadata = Readonly<Record<string, string>>;

interface Failure {
  readonly code: number;
  readonly message: string;
  readonly metadata: Metadata;
}

interface Stream {
  on(event: "data", listener: (message: Message) => void): Stream;
  on(event: "metadata", listener: (headers: Metadata) => void): Stream;
  on(
    event: "status",
    listener: (status: { readonly metadata?: Metadata }) => void,
  ): Stream;
  on(event: "error", listener: (error: Failure) => void): Stream;
  on(event: "end", listener: () => void): Stream;
  cancel(): void;
}

interface Package {
  readonly GrpcWebClientBase: new (options: {
    readonly format?: string;
    readonly maxReceiveMessageSize?: number;
  }) => {
    rpcCall(
      url: string,
      request: object,
      metadata: Metadata,
      descriptor: unknown,
      done: (error: Failure | null, response: Message) => void,
    ): Stream;
    serverStreaming(
      url: string,
      request: object,
      metadata: Metadata,
      descriptor: unknown,
    ): Stream;
  };
  readonly MethodDescriptor: new (...args: readonly unknown[]) => unknown;
}

/** The outcome of a call. */
interface Outcome {
  readonly messages: Message[];
  headers: Metadata;
  trailers: Metadata;
  error: Failure | undefined;
}

const NOT_FOUND = 5;
const DEADLINE_EXCEEDED = 4;
const encoder = new TextEncoder();

/** Makes the cases. */
export function grpcWebCases(url: string, packages: string): WebCases {
  Object.assign(globalThis, { XMLHttpRequest: FetchXmlHttpRequest });
  return {
    ...casesOf("text", new GrpcWeb(url, packages, {})),
    ...casesOf("binary", new GrpcWeb(url, packages, { format: "binary" })),
  };
}

/** The client: calls any method by its name. */
class GrpcWeb {
  readonly #url: string;
  readonly #package: Package;
  readonly #client: InstanceType<Package["GrpcWebClientBase"]>;
  readonly #protobuf: ReturnType<typeof loadProtobufEs>;

  constructor(url: string, packages: string, options: { format?: string }) {
    this.#url = url;
    this.#package = loadPackage<Package>(packages, "grpc-web");
    this.#client = new this.#package.GrpcWebClientBase(options);
    this.#protobuf = loadProtobufEs(packages);
  }

  unary(name: string, fields: object, metadata: Metadata = {}) {
    return this.#collect(name, (url, method, descriptor, outcome, end) => {
      const request = this.#protobuf.protobuf.create(method.input, fields);
      return this.#client.rpcCall(
        url,
        request,
        metadata,
        descriptor("unary"),
        (error, response) => {
          if (error) outcome.error = error;
          else outcome.messages.push(response);
          // The status follows the answer.
          setTimeout(end);
        },
      );
    });
  }

  streaming(
    name: string,
    fields: object,
    metadata: Metadata = {},
    onMessage: (stream: Stream, end: () => void) => void = () => {},
  ) {
    return this.#collect(name, (url, method, descriptor, outcome, end) => {
      const request = this.#protobuf.protobuf.create(method.input, fields);
      const stream = this.#client.serverStreaming(
        url,
        request,
        metadata,
        descriptor("server_streaming"),
      );
      return stream.on("data", (message) => {
        outcome.messages.push(message);
        onMessage(stream, end);
      }).on("error", (error) => {
        outcome.error = error;
        end();
      }).on("end", end);
    });
  }

  async #collect(
    name: string,
    start: (
      url: string,
      method: Method,
      descriptor: (type: string) => unknown,
      outcome: Outcome,
      end: () => void,
    ) => Stream,
  ): Promise<Outcome> {
    const { protobuf, service } = this.#protobuf;
    const method = service.method[name]!;
    const path = `/${SERVICE}/${method.name}`;
    const descriptor = (type: string) =>
      new this.#package.MethodDescriptor(
        path,
        type,
        Object,
        Object,
        (message: Message) => protobuf.toBinary(method.input, message),
        (bytes: Uint8Array) => protobuf.fromBinary(method.output, bytes),
      );
    const outcome: Outcome = {
      messages: [],
      headers: {},
      trailers: {},
      error: undefined,
    };
    await new Promise<void>((resolve) => {
      start(this.#url + path, method, descriptor, outcome, resolve)
        .on("metadata", (headers) => outcome.headers = headers)
        .on("status", ({ metadata }) => outcome.trailers = metadata ?? {});
    });
    return outcome;
  }
}

function casesOf(mode: string, client: GrpcWeb): WebCases {
  return {
    async [`unary, ${mode}`]() {
      const { messages: [info], error } = await client.unary(
        "getFlightInfo",
        path("x"),
      );
      assertEquals(error, undefined);
      assertEquals(info.flightDescriptor.path, ["x"]);
      assertEquals(info.totalRecords, 2n ** 53n + 1n);
    },

    async [`server streaming, ${mode}`]() {
      const { messages, error } = await client.streaming("listFlights", {});
      assertEquals([messages.length, error], [3, undefined]);
      const body = encoder.encode("x");
      const action = { type: "echo", body };
      const echo = await client.streaming("doAction", action);
      assertEquals(echo.messages[0].body, body);
    },

    async [`10 MiB down, ${mode}`]() {
      const ticket = encoder.encode("10");
      const { messages, error } = await client.streaming("doGet", { ticket });
      assertEquals(error, undefined);
      const bytes = messages.reduce(
        (sum, { dataBody }) => sum + dataBody.length,
        0,
      );
      assertEquals(bytes, 10 * 2 ** 20);
    },

    async [`metadata both ways, and trailers, ${mode}`]() {
      const { headers, trailers, error } = await client.unary(
        "getFlightInfo",
        path("x"),
        { "x-text": "a text", "x-bytes-bin": "AQD/" },
      );
      assertEquals(error, undefined);
      assertEquals(headers["x-text"], "a text");
      assertEquals([...decodeBase64(headers["x-bytes-bin"]!)], [1, 0, 255]);
      assertEquals(trailers["x-trailer"], "last");
      assertEquals([...decodeBase64(trailers["x-trailer-bin"]!)], [255, 0, 1]);
    },

    async [`error with details: before the first message, ${mode}`]() {
      const { error } = await client.unary("getFlightInfo", path("fail"));
      checkFailure(error);
    },

    async [`error with details: after two messages, ${mode}`]() {
      const ticket = encoder.encode("fail");
      const { messages, error } = await client.streaming("doGet", { ticket });
      checkFailure(error);
      const bytes = messages.reduce(
        (sum, { dataBody }) => sum + dataBody.length,
        0,
      );
      assertEquals(bytes, 2 * 2 ** 20);
    },

    async [`deadline, ${mode}`]() {
      const { error } = await client.streaming("doAction", { type: "never" }, {
        deadline: String(Date.now() + 300),
      });
      assertEquals(error?.code, DEADLINE_EXCEEDED);
    },

    // In binary mode this client sees no message before the end.
    ...mode === "text" && {
      async [`cancel, ${mode}`]() {
        const { messages } = await client.streaming(
          "doAction",
          { type: "wait" },
          {},
          (stream, end) => {
            stream.cancel();
            end();
          },
        );
        assertEquals(messages.length, 1);
        // It answers once the server has seen the cancel.
        await client.streaming("doAction", { type: "canceled" });
      },
    },
  };
}

function path(name: string): object {
  return { type: 1, path: [name] };
}

/** Has the code and the details of our error. */
function checkFailure(error: Failure | undefined): void {
  assert(error !== undefined, "it succeeds");
  assertEquals(
    [error.code, error.message],
    [NOT_FOUND, ERROR_TEXT],
  );
  const details = decodeBase64(error.metadata["grpc-status-details-bin"]!);
  // A google.rpc.Status: its first field is the code, and its last bytes are those of the detail.
  assertEquals([...details.subarray(0, 2)], [0x08, NOT_FOUND]);
  assertEquals(details.subarray(-EXTRA_INFO.length), EXTRA_INFO);
}
