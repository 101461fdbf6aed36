/**
 * Configuration of each proxy: the smallest one for gRPC that its manual
 * suggests, with a port for each situation.
 *
 * @module
 */
import { interopFile } from "../programs/paths.ts";
import type { ProxyProgram, ProxyPrograms } from "./find.ts";

/** The ports of a proxy, and of what is behind it. */
export interface Ports {
  /** The server of ours. */
  readonly backend: number;
  /** Port on which no process listens. */
  readonly nothing: number;
  /** Passes calls on to the server. */
  readonly plain: number;
  /** The same with TLS. */
  readonly tls: number;
  /** Passes gRPC-Web and WebSockets on by HTTP/1.1. */
  readonly web: number;
  /** Passes calls on to where no process listens. */
  readonly down: number;
  /** Answers with status 404 and a page. */
  readonly notFound: number;
  /** Answers with status 200 and a page. */
  readonly page: number;
}

/** A proxy that can be started. */
export interface Proxy {
  /** Name for humans. */
  readonly title: string;
  /** The program and its arguments, and the files that it reads. */
  setUp(ports: Ports, folder: string): {
    readonly command: readonly string[];
    readonly files: Readonly<Record<string, string>>;
  };
}

const PAGE = "<html><body>not a gRPC server</body></html>";

const certificate = (name: string): string =>
  interopFile(`../certs/${name}.pem`);

/** All proxies. */
export function proxiesOf(programs: ProxyPrograms): readonly Proxy[] {
  return [
    nginx(programs.nginx),
    haproxy(programs.haproxy),
    caddy(programs.caddy),
  ];
}

function nginx({ path, version }: ProxyProgram): Proxy {
  const server = (listen: string, location: string): string => `
  server {
    listen 127.0.0.1:${listen};
    # A stream of gRPC is a body without end.
    client_max_body_size 0;
    location / { ${location} }
  }`;
  return {
    title: `nginx ${version}`,
    setUp: (ports, folder) => ({
      command: [path, "-p", folder, "-c", `${folder}/nginx.conf`],
      files: {
        "nginx.conf": `
daemon off;
# One process: no worker is left when it is killed.
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  default_type text/html;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_field { default upgrade; "" close; }
  ssl_certificate ${certificate("server_cert")};
  ssl_certificate_key ${certificate("server_key")};
${
          [
            server(
              `${ports.plain} http2`,
              `grpc_pass grpc://127.0.0.1:${ports.backend};`,
            ),
            server(
              `${ports.tls} ssl http2`,
              `grpc_pass grpc://127.0.0.1:${ports.backend};`,
            ),
            server(
              `${ports.down} http2`,
              `grpc_pass grpc://127.0.0.1:${ports.nothing};`,
            ),
            server(
              String(ports.web),
              `proxy_pass http://127.0.0.1:${ports.backend};
               proxy_http_version 1.1;
               proxy_set_header Host $http_host;
               proxy_set_header Upgrade $http_upgrade;
               proxy_set_header Connection $connection_field; }
    # By HTTP/1.0, as nginx does unless it is told otherwise.
    location = /healthz { proxy_pass http://127.0.0.1:${ports.backend};`,
            ),
            server(`${ports.notFound} http2`, "return 404;"),
            server(`${ports.page} http2`, `return 200 "${PAGE}";`),
          ].join("")
        }
}
`,
      },
    }),
  };
}

function haproxy({ path, version }: ProxyProgram): Proxy {
  const answer = (status: number): string =>
    `http-request return status ${status} content-type text/html string "${PAGE}"`;
  return {
    title: `HAProxy ${version}`,
    setUp: (ports, folder) => ({
      command: [path, "-db", "-f", `${folder}/haproxy.cfg`],
      files: {
        "server.pem": Deno.readTextFileSync(certificate("server_cert")) +
          Deno.readTextFileSync(certificate("server_key")),
        "haproxy.cfg": `
global
  maxconn 200
defaults
  mode http
  # One attempt a second would be the default.
  retries 0
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend plain
  bind 127.0.0.1:${ports.plain} proto h2
  bind 127.0.0.1:${ports.tls} ssl crt ${folder}/server.pem alpn h2
  default_backend flight
backend flight
  server flight 127.0.0.1:${ports.backend} proto h2
frontend web
  bind 127.0.0.1:${ports.web}
  default_backend flight_web
backend flight_web
  option httpchk GET /healthz
  http-check expect status 200
  server flight 127.0.0.1:${ports.backend} check inter 100ms
frontend down
  bind 127.0.0.1:${ports.down} proto h2
  default_backend nothing
backend nothing
  server nothing 127.0.0.1:${ports.nothing} proto h2
frontend not_found
  bind 127.0.0.1:${ports.notFound} proto h2
  ${answer(404)}
frontend page
  bind 127.0.0.1:${ports.page} proto h2
  ${answer(200)}
`,
      },
    }),
  };
}

function caddy({ path, version }: ProxyProgram): Proxy {
  return {
    title: `Caddy ${version}`,
    setUp: (ports, folder) => ({
      command: [
        path,
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        `${folder}/Caddyfile`,
      ],
      files: {
        "Caddyfile": `
{
  admin off
  persist_config off
  auto_https off
  storage file_system ${folder}/storage
  servers {
    protocols h1 h2 h2c
  }
}
http://127.0.0.1:${ports.plain} {
  reverse_proxy h2c://127.0.0.1:${ports.backend}
}
https://localhost:${ports.tls}, https://127.0.0.1:${ports.tls} {
  tls ${certificate("server_cert")} ${certificate("server_key")}
  reverse_proxy h2c://127.0.0.1:${ports.backend}
}
http://127.0.0.1:${ports.web} {
  reverse_proxy 127.0.0.1:${ports.backend}
}
http://127.0.0.1:${ports.down} {
  reverse_proxy h2c://127.0.0.1:${ports.nothing}
}
http://127.0.0.1:${ports.notFound} {
  respond "${PAGE}" 404
}
http://127.0.0.1:${ports.page} {
  header Content-Type text/html
  respond "${PAGE}" 200
}
`,
      },
    }),
  };
}
