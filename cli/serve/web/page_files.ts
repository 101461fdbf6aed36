/** The files of the page of the explorer, as responses. */

import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** Media types by the ends of names. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

/** Place in the page of the number that lets styles of scripts in. */
const NONCE_MARK = "__NONCE__";

/** A file, and what is made of it once. */
interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  gzipped?: Promise<Uint8Array<ArrayBuffer>>;
}

/** Answers a GET of a file; `undefined` where there is no such file. */
type PageFiles = (request: Request) => Promise<Response | undefined>;

/**
 * Reads the page into memory: a page that is built anew meanwhile does not mix with it.
 *
 * @param folder The folder of the page.
 */
export async function readPage(folder: URL): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  for (const name of await readdir(folder)) {
    const type = MEDIA_TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(await readFile(new URL(name, folder)));
    files.set(`/${name}`, { type, bytes });
  }
  return async (request) => {
    const { pathname } = new URL(request.url);
    const file = files.get(pathname === "/" ? "/index.html" : pathname);
    if (file === undefined) return undefined;
    const nonce = randomBytes(16).toString("base64");
    const headers = new Headers({
      "content-type": file.type,
      "cache-control": "no-cache",
      ...securityHeaders(nonce),
    });
    const isPage = file.type.startsWith("text/html");
    if (isPage) {
      const page = new TextDecoder().decode(file.bytes)
        .replaceAll(NONCE_MARK, nonce);
      headers.set("cache-control", "no-store");
      return new Response(request.method === "HEAD" ? null : page, { headers });
    }
    const body = await compressed(request, file, headers);
    return new Response(request.method === "HEAD" ? null : body, { headers });
  };
}

/** Scripts and data come from this server alone; WebAssembly is for Parquet and LZ4. */
function securityHeaders(nonce: string): Record<string, string> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

async function compressed(
  request: Request,
  file: PageFile,
  headers: Headers,
): Promise<Uint8Array<ArrayBuffer>> {
  headers.set("vary", "accept-encoding");
  const accepted = request.headers.get("accept-encoding") ?? "";
  if (!/\bgzip\b/.test(accepted)) return file.bytes;
  headers.set("content-encoding", "gzip");
  file.gzipped ??= promisify(gzip)(file.bytes)
    .then((bytes) => new Uint8Array(bytes));
  return await file.gzipped;
}
