/**
 * The static site of the documents: `deno task site` builds it into
 * `site/.vitepress/dist`. The pages are those of the repository, as they are.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

/** A page of the repository without `.md`, as an entry of the sidebar. */
const page = (text, path) => ({ text, link: `/${path}` });

/** A file of the package `vue`. */
const inVue = (file) =>
  fileURLToPath(new URL(`../node_modules/vue/${file}`, import.meta.url));

export default defineConfig({
  title: "@contrail/flight",
  description: "Arrow Flight for TypeScript: client and server on web streams.",
  lang: "en-US",
  // The path below which the site is served, such as "/flight/".
  base: process.env.SITE_BASE ?? "/",
  srcDir: "..",
  rewrites: { "README.md": "index.md" },
  srcExclude: [
    "**/node_modules/**",
    "{bench,cli,internal,jsr_offline,proto,site,tests,tools}/**",
  ],
  lastUpdated: false,
  // The pages lie outside of this folder, and would not find its packages.
  vite: {
    resolve: {
      alias: [
        { find: /^vue$/, replacement: inVue("index.mjs") },
        {
          find: /^vue\/server-renderer$/,
          replacement: inVue("server-renderer/index.mjs"),
        },
      ],
    },
  },
  markdown: {
    config: (md) => md.core.ruler.push("source_links", unlinkSource),
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      page("Guide", "docs/guide"),
      { text: "API", link: "/api/index.html", target: "_self" },
      page("Changelog", "CHANGELOG"),
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          page("Overview", ""),
          page("Concepts", "docs/concepts"),
          page("Guide", "docs/guide"),
          page("Coming from pyarrow, Go or Java", "docs/coming-from"),
          page("Troubleshooting", "docs/troubleshooting"),
          page("Reference", "docs/reference"),
        ],
      },
      {
        text: "Data",
        items: [
          page("Streams", "docs/streams"),
          page("Many endpoints", "docs/endpoints"),
          page("Types", "docs/types"),
          page("Encoding", "docs/encoding"),
          page("Errors", "docs/errors"),
        ],
      },
      {
        text: "Around calls",
        items: [
          page("Authentication", "docs/authentication"),
          page("TLS", "docs/tls"),
          page("Middleware", "docs/middleware"),
          page("Sessions", "docs/sessions"),
          page("Further services", "docs/services"),
          page("Transports", "docs/transports"),
        ],
      },
      {
        text: "SQL",
        items: [
          page("Flight SQL: the client", "docs/sql-client"),
          page("Flight SQL: the server", "docs/sql-server"),
          page("Databases", "docs/databases"),
          page("The gateway", "docs/gateway"),
        ],
      },
      {
        text: "Browsers and programs",
        items: [
          page("Browsers and workers", "docs/browsers"),
          page("Calls over a WebSocket", "docs/websocket"),
          page("The command line", "docs/cli"),
          page("The explorer", "docs/explorer"),
        ],
      },
      {
        text: "Operation",
        items: [
          page("Limits", "docs/limits"),
          page("Runtimes", "docs/runtimes"),
          page("Scaling", "docs/scaling"),
          page("Performance", "docs/performance"),
          page("Interoperability", "docs/interop"),
          page("Fuzzing", "docs/fuzzing"),
          page("Security", "SECURITY"),
        ],
      },
      {
        text: "Results",
        collapsed: true,
        items: [
          page("Interoperability tests", "docs/results/interop"),
          page("Measurements", "docs/results/performance"),
          page("Fuzzing", "docs/results/fuzzing"),
        ],
      },
      {
        text: "Project",
        items: [
          page("Architecture", "ARCHITECTURE"),
          page("Contributing", "CONTRIBUTING"),
          page("Changelog", "CHANGELOG"),
        ],
      },
    ],
  },
});

/** Leaves the text of links to files that are no pages, such as examples. */
function unlinkSource(state) {
  for (const { children } of state.tokens) {
    let isRemoved = false;
    for (const token of children ?? []) {
      if (token.type === "link_open") {
        const href = token.attrGet("href") ?? "";
        isRemoved = !/^(?:[a-z]+:|#)/i.test(href) &&
          (!/\.md(?:#|$)/.test(href) || href.includes("jsr_offline/"));
        token.hidden = isRemoved;
      } else if (token.type === "link_close") token.hidden = isRemoved;
    }
    if (!children) continue;
    const kept = children.filter((token) =>
      !(token.hidden && /^link_/.test(token.type))
    );
    children.splice(0, children.length, ...kept);
  }
}
