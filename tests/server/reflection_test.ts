/** Server reflection, as clients see it. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import protobuf from "protobufjs";
import descriptorJson from "protobufjs/google/protobuf/descriptor.json" with {
  type: "json",
};
import { type GrpcService, HealthService, serve } from "@contrail/flight";
import type { FlightClient } from "@contrail/flight/memory";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { type Plain, protoCall } from "./proto_call.ts";
import { rpcTest } from "../support/transports.ts";

const VERSIONS = ["v1", "v1alpha"];

const FILE = protobuf.Root.fromJSON(descriptorJson)
  .lookupType("google.protobuf.FileDescriptorProto");

/** A .proto file as reflection has it. */
function file(plain: Plain): Uint8Array {
  return new Uint8Array(FILE.encode(FILE.fromObject(plain)).finish());
}

/** A service with files of its own: nested names, and extensions at both places. */
const SHOP: GrpcService = {
  name: "shop.v1.Shop",
  methods: {},
  fileDescriptors: [
    file({
      name: "shop.proto",
      package: "shop.v1",
      dependency: [
        "item.proto",
        "google/protobuf/timestamp.proto",
        "gone.proto",
      ],
      service: [{ name: "Shop", method: [{ name: "Buy" }] }],
      extension: [{ name: "colour", number: 101, extendee: ".item.Item" }],
    }),
    file({
      name: "item.proto",
      package: "item",
      dependency: ["shop.proto"],
      messageType: [{
        name: "Item",
        field: [{ name: "price", number: 1 }],
        oneofDecl: [{ name: "kind" }],
        nestedType: [{ name: "Part", nestedType: [{ name: "Screw" }] }],
        enumType: [{ name: "Size", value: [{ name: "SMALL", number: 0 }] }],
        extension: [{ name: "weight", number: 100, extendee: ".item.Item" }],
      }],
    }),
    file({
      name: "bare.proto",
      messageType: [{ name: "Bare" }],
      enumType: [{ name: "Top", value: [{ name: "FIRST", number: 0 }] }],
    }),
    // It is there already.
    file({
      name: "google/protobuf/timestamp.proto",
      package: "wrong",
      messageType: [{ name: "Timestamp" }],
    }),
  ],
};

/** Asks one question. */
async function ask(
  client: FlightClient,
  question: Plain,
  version = "v1",
): Promise<Plain> {
  const [answer] = await askAll(client, [question], version);
  return answer!;
}

async function askAll(
  client: FlightClient,
  questions: readonly Plain[],
  version = "v1",
): Promise<Plain[]> {
  const method =
    `grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  return await Array.fromAsync(protoCall(client, method, questions));
}

/** The names of the files of an answer. */
function fileNames({ fileDescriptorResponse }: Plain): string[] {
  const { fileDescriptorProto } = fileDescriptorResponse as {
    fileDescriptorProto: Uint8Array[];
  };
  return fileDescriptorProto.map((bytes) =>
    (FILE.decode(bytes) as unknown as { name: string }).name
  );
}

for (const version of VERSIONS) {
  rpcTest(`reflection: ${version}: lists the services`, async (connectTo) => {
    await using peer = await connectTo({}, {
      services: [SHOP, new HealthService()],
      reflection: true,
    });
    const question = { host: "h", listServices: "*" };
    const answer = await ask(peer.client, question, version);
    assertEquals(answer.validHost, "h");
    assertEquals((answer.originalRequest as Plain).listServices, "*");
    assertEquals(answer.messageResponse, "listServicesResponse");
    assertEquals(answer.listServicesResponse, {
      service: [
        "arrow.flight.protocol.FlightService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "shop.v1.Shop",
      ].map((name) => ({ name })),
    });
  });

  rpcTest(
    `reflection: ${version}: describes our own services`,
    async (connectTo) => {
      await using peer = await connectTo({}, {
        services: [new HealthService()],
        reflection: true,
      });
      const symbols = {
        "arrow.flight.protocol.FlightService": [
          "Flight.proto",
          "google/protobuf/timestamp.proto",
        ],
        "grpc.health.v1.Health": ["grpc/health/v1/health.proto"],
        "grpc.reflection.v1.ServerReflection": [
          "grpc/reflection/v1/reflection.proto",
        ],
        "grpc.reflection.v1alpha.ServerReflection": [
          "grpc/reflection/v1alpha/reflection.proto",
        ],
      };
      const answers = await askAll(
        peer.client,
        Object.keys(symbols).map((name) => ({ fileContainingSymbol: name })),
        version,
      );
      assertEquals(answers.map(fileNames), Object.values(symbols));
    },
  );
}

rpcTest(
  "reflection: files by name, with what they import",
  async (connectTo) => {
    await using peer = await connectTo({}, {
      services: [SHOP],
      reflection: true,
    });
    const named = async (fileByFilename: string) =>
      fileNames(await ask(peer.client, { fileByFilename }));
    // An import that no service has is left to the client, a cycle is no problem.
    assertEquals(await named("shop.proto"), [
      "shop.proto",
      "item.proto",
      "google/protobuf/timestamp.proto",
    ]);
    assertEquals(await named("bare.proto"), ["bare.proto"]);
    assertEquals(await named("Flight.proto"), [
      "Flight.proto",
      "google/protobuf/timestamp.proto",
    ]);
  },
);

rpcTest("reflection: files by what they declare", async (connectTo) => {
  await using peer = await connectTo({}, {
    services: [SHOP],
    reflection: true,
  });
  const symbols = {
    "shop.v1.Shop": "shop.proto",
    "shop.v1.Shop.Buy": "shop.proto",
    "shop.v1.colour": "shop.proto",
    "item.Item": "item.proto",
    "item.Item.price": "item.proto",
    "item.Item.kind": "item.proto",
    "item.Item.Part.Screw": "item.proto",
    "item.Item.Size": "item.proto",
    "item.Item.SMALL": "item.proto",
    "item.Item.weight": "item.proto",
    "Bare": "bare.proto",
    "FIRST": "bare.proto",
    "google.protobuf.Timestamp": "google/protobuf/timestamp.proto",
    "arrow.flight.protocol.FlightService.DoGet": "Flight.proto",
    "arrow.flight.protocol.FlightDescriptor.DescriptorType": "Flight.proto",
  };
  const answers = await askAll(
    peer.client,
    Object.keys(symbols).map((name) => ({ fileContainingSymbol: name })),
  );
  assertEquals(
    answers.map((answer) => fileNames(answer)[0]),
    Object.values(symbols),
  );
});

rpcTest("reflection: extensions of a message", async (connectTo) => {
  await using peer = await connectTo({}, {
    services: [SHOP],
    reflection: true,
  });
  const containing = async (extensionNumber: number) =>
    fileNames(
      await ask(peer.client, {
        fileContainingExtension: {
          containingType: "item.Item",
          extensionNumber,
        },
      }),
    )[0];
  assertEquals(await containing(100), "item.proto");
  assertEquals(await containing(101), "shop.proto");
  const numbers = async (allExtensionNumbersOfType: string) =>
    (await ask(peer.client, { allExtensionNumbersOfType }))
      .allExtensionNumbersResponse;
  assertEquals(await numbers("item.Item"), {
    baseTypeName: "item.Item",
    extensionNumber: [101, 100],
  });
  assertEquals(await numbers("item.Item.Part"), {
    baseTypeName: "item.Item.Part",
    extensionNumber: [],
  });
});

rpcTest(
  "reflection: a question without an answer does not end the call",
  async (connectTo) => {
    await using peer = await connectTo({}, {
      services: [SHOP],
      reflection: true,
    });
    const extension = (containingType: string, extensionNumber: number) => ({
      fileContainingExtension: { containingType, extensionNumber },
    });
    const questions: [Plain, code: number, message: string][] = [
      [{ fileByFilename: "gone.proto" }, 5, "unknown file"],
      [{ fileByFilename: "" }, 5, "unknown file"],
      [{ fileContainingSymbol: "shop.v1" }, 5, "unknown symbol"],
      [{ fileContainingSymbol: "wrong.Timestamp" }, 5, "unknown symbol"],
      [extension("item.Item", 102), 5, "unknown extension"],
      [extension("item.Nothing", 100), 5, "unknown extension"],
      [{ allExtensionNumbersOfType: "item.Nothing" }, 5, "unknown message"],
      [{ host: "h" }, 3, "the request asks nothing"],
    ];
    const answers = await askAll(peer.client, [
      ...questions.map(([question]) => question),
      { listServices: "" },
    ]);
    assertEquals(answers.pop()?.messageResponse, "listServicesResponse");
    assertEquals(
      answers.map(({ errorResponse }) => errorResponse),
      questions.map(([, errorCode, errorMessage]) => ({
        errorCode,
        errorMessage,
      })),
    );
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "reflection: each question is answered before the next is sent",
  async (connectTo) => {
    await using peer = await connectTo({}, { reflection: true });
    const method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const { writable, readable } = new TransformStream<
      Uint8Array,
      Uint8Array
    >();
    const answers = peer.client.call(method, readable).getReader();
    const writer = writable.getWriter();
    for (let i = 0; i < 3; i++) {
      // list_services = ""
      await writer.write(Uint8Array.of(0x3a, 0));
      assert((await answers.read()).value!.length > 0);
    }
    await writer.close();
    assertEquals((await answers.read()).done, true);
  },
);

rpcTest("reflection: a malformed request fails the call", async (connectTo) => {
  await using peer = await connectTo({}, { reflection: true });
  await assertFlightError(
    Array.fromAsync(
      peer.client.call(
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        [Uint8Array.of(0x3a, 9)],
      ),
    ),
    "INVALID_ARGUMENT",
    /Cannot decode ServerReflectionRequest: truncated field/,
  );
});

test("options that reflection cannot use", async () => {
  const problem = async (options: object) =>
    String(await rejection(serve({}, options)));
  assertEquals(
    await problem({ reflection: "yes" }),
    'TypeError: Cannot use option reflection: "yes" is not true or false',
  );
  const fileDescriptors = [new Uint8Array(), Uint8Array.of(10, 5)];
  const service = { name: "a.B", methods: {}, fileDescriptors };
  assertEquals(
    await problem({ services: [service], reflection: true }),
    "TypeError: Cannot use option services: fileDescriptors[1] of a.B is malformed",
  );
  const name = "grpc.reflection.v1.ServerReflection";
  assertEquals(
    await problem({ services: [{ name, methods: {} }], reflection: true }),
    `TypeError: Cannot use option services: ${name} is there twice`,
  );
  // They are not read.
  await (await serve({}, { services: [service] })).shutdown();
});
