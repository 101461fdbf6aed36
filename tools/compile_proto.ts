/**
 * Compiles the .proto files of this package to TypeScript over protobufjs'
 * Writer and the reader in proto/runtime/. The output is committed, because a
 * package on JSR cannot read files at run time, and reflection is forbidden
 * where code generation is.
 *
 * ```sh
 * deno run -A tools/compile_proto.ts           # write
 * deno run -A tools/compile_proto.ts --check   # compare; exit 1 when different
 * ```
 *
 * @module
 */

import protobuf from "protobufjs";
import { emit } from "./proto_codegen.ts";
import { describeFiles } from "./proto_descriptor.ts";

const ROOT = new URL("../", import.meta.url);

/** A .proto file and where its messages go. Paths are relative to the root. */
interface Source {
  readonly proto: string;
  /** The file for a top-level message or enum; undefined leaves it out. */
  readonly output: (name: string) => string | undefined;
  /** What the protocol calls the file, where server reflection describes it. */
  readonly described?: string;
}

/** Messages of flight.proto that share a file; all others have their own. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  action: /^(Action|ActionType|Result)$/,
  cancel_flight_info: /^Cancel/,
  handshake: /^(Handshake|BasicAuth)/,
  renew_flight_endpoint: /^Renew/,
  close_session: /^CloseSession/,
  get_session_options: /^GetSession/,
  set_session_options: /^SetSession/,
};

const SOURCES: readonly Source[] = [
  {
    proto: "proto/google/protobuf/timestamp.proto",
    output: () => "proto/google/protobuf/timestamp.ts",
    described: "google/protobuf/timestamp.proto",
  },
  {
    proto: "proto/google/protobuf/descriptor.proto",
    output: () => "proto/google/protobuf/descriptor.ts",
  },
  {
    proto: "proto/flight.proto",
    output(name) {
      // internal/wire/flight_data.ts is written by hand.
      if (name === "FlightData") return undefined;
      const family = Object.keys(FAMILIES).find((key) =>
        FAMILIES[key]!.test(name)
      );
      return `proto/flight/${family ?? snakeCase(name)}.ts`;
    },
    described: "Flight.proto",
  },
  {
    proto: "proto/grpc/health/v1/health.proto",
    output: () => "proto/grpc/health/v1/health.ts",
    described: "grpc/health/v1/health.proto",
  },
  {
    proto: "proto/grpc/reflection/v1/reflection.proto",
    output: () => "proto/grpc/reflection/v1/reflection.ts",
    described: "grpc/reflection/v1/reflection.proto",
  },
  {
    proto: "proto/grpc/reflection/v1alpha/reflection.proto",
    // The messages of v1.
    output: () => undefined,
    described: "grpc/reflection/v1alpha/reflection.proto",
  },
  { proto: "bench/perf.proto", output: () => "bench/perf_proto.ts" },
  {
    proto: "tests/wire/every_type.proto",
    output: () => "tests/wire/every_type_proto.ts",
  },
];

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

/** The file with all descriptors. */
const DESCRIPTORS = "proto/file_descriptors.ts";

/** Where imports between .proto files start. */
const IMPORT_ROOT = "proto/";

/** The relative specifier of one file in another. */
function specifier(from: string, to: string): string {
  const up = from.split("/").slice(0, -1);
  const down = to.split("/");
  while (up.length > 0 && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  return (up.length ? "../".repeat(up.length) : "./") + down.join("/");
}

/** What generated code imports, by file. */
const RUNTIME: Readonly<Record<string, readonly string[]>> = {
  "internal/base/bytes.ts": ["EMPTY_BYTES"],
  "proto/runtime/wire_reader.ts": ["WireReader"],
  "proto/runtime/wire_writer.ts": [
    "createWriter",
    "toLong",
    "type Writer",
    "writeUnknown",
  ],
};

async function format(code: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=ts", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) {
    throw new Error(`${new TextDecoder().decode(stderr)}\n${code}`);
  }
  return new TextDecoder().decode(stdout);
}

async function loadProtos(): Promise<protobuf.Root> {
  const root = new protobuf.Root();
  for (const { proto } of SOURCES) {
    const parsed = protobuf.parse(
      await Deno.readTextFile(new URL(proto, ROOT)),
      root,
      { alternateCommentMode: true },
    );
    for (const imported of parsed.imports ?? []) {
      if (!SOURCES.some((source) => source.proto === IMPORT_ROOT + imported)) {
        throw new Error(`${proto} imports ${imported}, which is not compiled`);
      }
    }
    const namespace = root.lookup(parsed.package!) as protobuf.Namespace;
    for (const object of namespace.nestedArray) object.filename ??= proto;
  }
  root.resolveAll();
  return root;
}

/** The descriptors in base64, because that is what source code can hold. */
async function emitDescriptors(): Promise<string> {
  const files = await Promise.all(
    SOURCES.flatMap(({ proto, described: name }) =>
      name === undefined ? [] : [
        Deno.readTextFile(new URL(proto, ROOT)).then((text) => ({
          name,
          text,
        })),
      ]
    ),
  );
  const entries = [...describeFiles(files)].map(([name, bytes]) => {
    const lines = bytes.toBase64().match(/.{1,72}/g)!;
    return `"${name}": ${lines.map((line) => `"${line}"`).join(" +\n")},`;
  });
  return `// Generated by tools/compile_proto.ts; do not edit.

    /** The FileDescriptorProto of each file that reflection describes, in base64. */
    export const FILE_DESCRIPTORS = { ${entries.join("\n")} } as const;
`;
}

/**
 * Compiles every .proto file.
 *
 * @returns The text of each output file by its path, relative to the root.
 */
export async function compileProtos(): Promise<Map<string, string>> {
  const root = await loadProtos();
  const bodies = new Map<string, { proto: string; code: string[] }>();
  const exporters = new Map<string, string>();
  for (const [path, names] of Object.entries(RUNTIME)) {
    for (const name of names) exporters.set(name, path);
  }
  const visit = (namespace: protobuf.NamespaceBase) => {
    for (const object of namespace.nestedArray) {
      if (
        !(object instanceof protobuf.Type || object instanceof protobuf.Enum)
      ) {
        if (object instanceof protobuf.Namespace) visit(object);
        continue;
      }
      const source = SOURCES.find((s) => s.proto === object.filename)!;
      const output = source.output(object.name);
      if (output === undefined) continue;
      if (!bodies.has(output)) {
        bodies.set(output, { proto: source.proto, code: [] });
      }
      bodies.get(output)!.code.push(emit(object));
      for (const prefix of ["type ", "create", "encode", "decode"]) {
        exporters.set(prefix + object.name, output);
      }
    }
  };
  visit(root);

  const files = new Map<string, string>([
    [DESCRIPTORS, await format(await emitDescriptors())],
  ]);
  for (const [path, { proto, code }] of bodies) {
    const body = code.join("\n\n");
    const used = new Map<string, string[]>();
    for (const [name, exporter] of exporters) {
      const word = new RegExp(`\\b${name.replace("type ", "")}\\b`);
      // Comments name messages too.
      const bare = body.replace(/\/\*\*[^]*?\*\//g, "").replace(/"[^"]*"/g, "");
      if (exporter !== path && word.test(bare)) {
        used.set(exporter, [...used.get(exporter) ?? [], name]);
      }
    }
    const imports = [...used].sort(([a], [b]) => a < b ? -1 : 1).map(
      ([from, names]) =>
        `import { ${names.join(", ")} } from "${specifier(path, from)}";`,
    );
    files.set(
      path,
      await format(
        `// Generated by tools/compile_proto.ts from ${proto}; do not edit.\n\n` +
          `${imports.join("\n")}\n\n${body}\n`,
      ),
    );
  }
  return files;
}

if (import.meta.main) {
  let stale = false;
  for (const [path, text] of await compileProtos()) {
    const url = new URL(path, ROOT);
    if (!Deno.args.includes("--check")) {
      await Deno.mkdir(new URL("./", url), { recursive: true });
      await Deno.writeTextFile(url, text);
    } else if (await Deno.readTextFile(url).catch(() => "") !== text) {
      stale = true;
      console.error(
        `${path} differs from what tools/compile_proto.ts generates`,
      );
    }
  }
  if (stale) Deno.exit(1);
}
