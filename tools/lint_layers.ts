/**
 * Lint plugin that keeps the import layers of ARCHITECTURE.md: lower never
 * imports higher, siblings do not import each other, and a package is imported
 * only by the folder that owns it. It works in editors as well.
 *
 * @module
 */

/** Rank of every folder: the first matching prefix counts. */
const LAYERS: readonly (readonly [prefix: string, rank: number])[] = [
  ["internal/base/", 0],
  ["internal/socket/", 1],
  ["proto/", 1],
  ["internal/core/", 2],
  ["internal/x509/", 3],
  ["internal/http1/", 3],
  ["internal/http2/", 3],
  ["internal/arrow/", 3],
  ["internal/message/", 3],
  ["internal/protocol/", 4],
  ["internal/ipc/", 4],
  ["internal/seam/", 4],
  ["internal/grpc/", 5],
  ["internal/stream/", 5],
  ["internal/transport/websocket/", 5],
  ["internal/transport/", 6],
  ["internal/interceptors/", 7],
  ["internal/auth/", 8],
  ["internal/session/", 8],
  ["internal/read/", 8],
  ["internal/client/", 9],
  ["internal/server/", 9],
  ["internal/exports/", 10],
  ["internal/workers/", 10],
  ["internal/web/", 13],
  ["internal/sql/messages/", 4],
  ["internal/sql/metadata/", 6],
  ["internal/sql/client/", 10],
  ["internal/sql/server/", 10],
  ["internal/sql/database/", 11],
  ["internal/gateway/", 11],
  ["internal/", 12],
  ["cli/", 14],
  ["cli.ts", 14],
  ["explorer/", 14],
  ["", 13],
];

/** Rank of an entry point. */
const ENTRY_POINT = 13;

/** Rank of the program, which uses the package as any application does. */
const PROGRAM = 14;

/** Folders that must not import each other, by their common pattern. */
const SIBLINGS: readonly RegExp[] = [
  /^internal\/(x509|http1|http2|arrow|message)\//,
  /^internal\/(ipc|seam|protocol)\//,
  /^internal\/(grpc|stream)\//,
  /^internal\/(auth|session|read)\//,
  /^internal\/(client|server)\//,
  // Several transports carry calls over a WebSocket.
  /^internal\/transport\/(?!websocket\/)([^/]+)\//,
  /^internal\/sql\/(client|server)\//,
  /^internal\/sql\/(sqlite|duckdb)\//,
];

/** Folders that import nothing of this package but the given ones. */
const ONLY: readonly (readonly [folder: string, allowed: readonly string[]])[] =
  [
    ["internal/socket/", ["internal/base/"]],
    ["internal/http1/", ["internal/base/", "internal/socket/"]],
    ["internal/http2/", ["internal/base/", "internal/socket/"]],
  ];

/** Packages that only some folders may import at run time; types may be free to all. */
const OWNERS: readonly {
  readonly specifier: RegExp;
  readonly owners: readonly string[];
  readonly typesAreFree?: boolean;
}[] = [
  { specifier: /^@grpc\//, owners: ["internal/transport/grpc_js/"] },
  // Tests and tools use it; a page should not have to load it.
  { specifier: /^protobufjs(\/|$)/, owners: [] },
  {
    specifier: /^apache-arrow(\/|$)/,
    owners: [
      "cli/",
      "explorer/",
      "internal/arrow/",
      "internal/ipc/",
      "internal/sql/",
      "internal/stream/",
    ],
    typesAreFree: true,
  },
  {
    specifier: /^node:/,
    owners: [
      "cli.ts",
      "cli/",
      "explorer/build.ts",
      "explorer/build/",
      "internal/http1/",
      "internal/http2/",
      "internal/socket/",
      "internal/transport/grpc_js/",
      "internal/transport/http2/",
      "internal/transport/accepted_sockets.ts",
      "internal/transport/client_tls.ts",
      "internal/transport/descriptor_limit.ts",
      "internal/transport/inflater.ts",
      "internal/transport/listening.ts",
      "internal/transport/peer_certificate.ts",
      "internal/transport/pem.ts",
      "internal/transport/server_tls.ts",
      "internal/transport/tls_failure.ts",
      "internal/transport/unix_socket.ts",
      "internal/gateway/resolve_host.ts",
      "internal/server/shutdown_signals.ts",
      "internal/workers/",
      "internal/sql/database/opened_file.ts",
      "internal/sql/duckdb/duckdb_package.ts",
      "internal/sql/sqlite/",
    ],
  },
  {
    specifier: /^(commander|cli-table3|cli-progress|string-width)(\/|$)/,
    owners: ["cli/"],
  },
  {
    specifier:
      /^(@codemirror|@lezer|@observablehq|parquet-wasm|regular-table)(\/|$)/,
    owners: ["explorer/page/"],
  },
  // For tests, examples and benches, which are exempt.
  {
    specifier:
      /^(@opentelemetry|@std|@tabletopandroid|arrow-flight-client|axe-core|playwright-core|vega-datasets)(\/|$)/,
    owners: [],
  },
];

/** Root of the repository, which is cut from the names of files. */
const ROOT = new URL("../", import.meta.url).pathname;

function rankOf(path: string): number {
  return LAYERS.find(([prefix]) => path.startsWith(prefix))![1];
}

/**
 * Finds a fault of an import.
 *
 * @param from The path of the importing file, relative to the root.
 * @param specifier The specifier of the import.
 * @param typeOnly True if only types are imported.
 * @returns The problem, or undefined when the import is allowed.
 */
export function problemOf(
  from: string,
  specifier: string,
  typeOnly: boolean,
): string | undefined {
  if (!/^\.{1,2}\//.test(specifier)) {
    const rule = OWNERS.find((rule) => rule.specifier.test(specifier));
    if (
      !rule || (typeOnly && rule.typesAreFree) ||
      rule.owners.some((owner) => from.startsWith(owner))
    ) return undefined;
    const who = rule.owners.length > 0
      ? `only ${rule.owners.join(" and ")} may`
      : "no published file may";
    return `${who} import "${specifier}"${
      rule.typesAreFree ? " at run time (use `import type`)" : ""
    }`;
  }
  const to = new URL(specifier, `file:///${from}`).pathname.slice(1);
  const [fromRank, toRank] = [rankOf(from), rankOf(to)];
  if (fromRank === PROGRAM && toRank !== PROGRAM && to.endsWith(".ts")) {
    return `${from} is a program: it imports the package by its name, not ${to}`;
  }
  if (toRank > fromRank) {
    return `${from} may not import ${to}, which is in a higher layer`;
  }
  for (const [folder, allowed] of ONLY) {
    if (
      from.startsWith(folder) &&
      ![folder, ...allowed].some((prefix) => to.startsWith(prefix))
    ) return `${folder} may only import ${allowed.join(" and ")}, not ${to}`;
  }
  for (const siblings of SIBLINGS) {
    const [a, b] = [siblings.exec(from)?.[1], siblings.exec(to)?.[1]];
    if (a && b && a !== b) {
      return `"${a}" and "${b}" are siblings and may not import each other`;
    }
  }
  const transport = /^internal\/transport\/(?!websocket\/)[^/]+\//;
  if (
    transport.test(to) && !transport.test(from) && fromRank !== ENTRY_POINT
  ) {
    return `only entry points may import a transport (${to})`;
  }
  return undefined;
}

type Declaration =
  | Deno.lint.ImportDeclaration
  | Deno.lint.ExportNamedDeclaration
  | Deno.lint.ExportAllDeclaration;

/**
 * Reports whether a declaration is erased with the types. `import { type A }` does not count: its
 * module still runs under `verbatimModuleSyntax`.
 */
function isTypeOnly(node: Declaration): boolean {
  return node.type === "ImportDeclaration"
    ? node.importKind === "type"
    : node.exportKind === "type";
}

const plugin: Deno.lint.Plugin = {
  name: "flight",
  rules: {
    layers: {
      create(context) {
        if (!context.filename.startsWith(ROOT)) return {};
        const from = context.filename.slice(ROOT.length);
        // Published files (entry points, internal/ and proto/), the program and its page.
        if (!/^((internal|proto|cli|explorer)\/.*|[^/]+)\.ts$/.test(from)) {
          return {};
        }

        function check(
          range: Deno.lint.Range,
          specifier: unknown,
          typeOnly: boolean,
        ): void {
          if (typeof specifier !== "string") return;
          const message = problemOf(from, specifier, typeOnly);
          if (message) context.report({ range, message });
        }
        function checkDeclaration(node: Declaration): void {
          if (node.source) {
            check(node.range, node.source.value, isTypeOnly(node));
          }
        }

        return {
          ImportDeclaration: checkDeclaration,
          ExportNamedDeclaration: checkDeclaration,
          ExportAllDeclaration: checkDeclaration,
          ImportExpression(node) {
            if (node.source.type === "Literal") {
              check(node.range, node.source.value, false);
            }
          },
          TSImportType(node) {
            if (node.argument.type === "TSLiteralType") {
              const { literal } = node.argument;
              if (literal.type === "Literal") {
                check(node.range, literal.value, true);
              }
            }
          },
        };
      },
    },
  },
};

export default plugin;
