/**
 * Our client before a proxy.
 *
 * @module
 */
import process from "node:process";
import {
  commandDescriptor,
  connect,
  decodeSchema,
  type FlightClient,
  FlightError,
  pathDescriptor,
} from "../../../mod.ts";
import { decodeBasicAuth, encodeBasicAuth } from "../../../auth.ts";
import { connectWeb } from "../../../web.ts";
import { assert, assertEquals } from "@std/assert";
import { bigBatch, bigBatches, checkBigBatch } from "../load/big_stream.ts";
import type { Ports } from "./setup.ts";

/** Batches of 1 MiB. */
const BATCHES = 100;

/** Timeout of any call. */
const timeoutMs = 60_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Context of a case. */
export interface ProxyCase {
  /** Behind the proxy is a server that lives. */
  readonly client: FlightClient;
  /** Opens a further connection to that server. */
  readonly connect: () => FlightClient;
  /** The ports of the proxy. */
  readonly ports: Ports;
}

/** The cases by name. */
export const PROXY_CASES: Readonly<
  Record<string, (context: ProxyCase) => Promise<void>>
> = {
  async "all ten RPCs"({ client }) {
    for (const rpc of Object.values(RPCS)) await rpc(client);
  },

  async "100 MiB down"({ client }) {
    await get(client, String(BATCHES));
  },

  async "100 MiB up"({ client }) {
    const results = await client.doPut(pathDescriptor("up"), { timeoutMs })
      .writeAll(bigBatches(BATCHES));
    assertEquals(results.length, BATCHES);
    assertEquals(decoder.decode(results.at(-1)!.appMetadata), `${BATCHES}`);
  },

  async "100 MiB up and down at once"({ client }) {
    await exchange(client, BATCHES);
  },

  async "gRPC-Web by HTTP/1.1"({ ports }) {
    await using client = await webClient(ports, false);
    for (const [name, rpc] of Object.entries(RPCS)) {
      // Proxies read a whole request, or end it with the answer.
      if (name !== "handshake" && name !== "doExchange") await rpc(client);
    }
    await get(client, String(BATCHES));
  },

  async "WebSockets"({ ports }) {
    await using client = await webClient(ports, true);
    for (const rpc of Object.values(RPCS)) await rpc(client);
    await exchange(client, BATCHES);
  },

  async "wrong route: 404"({ ports }) {
    await everyRpcFails(ports.notFound, ["UNIMPLEMENTED"], /404/);
  },

  async "wrong route: a page with 200"({ ports }) {
    await everyRpcFails(ports.page, ["UNKNOWN"], /text\/html|200/);
  },

  async "backend down"({ ports }) {
    await everyRpcFails(ports.down, ["UNAVAILABLE"], /50[234]|connect/i);
  },

  async "backend killed in mid-stream"({ client, connect }) {
    // HAProxy may stop for good where one connection is full in both directions.
    await using uploads = connect();
    await using exchanges = connect();
    const [answer] = await Array.fromAsync(client.doAction("pid"));
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    let waiting = 5;
    const begin = (): void => void (--waiting === 0 && resolve());
    const calls = {
      doGet: consume(client.doGet("endless"), begin),
      listFlights: consume(
        client.listFlights({ expression: encoder.encode("endless") }),
        begin,
      ),
      doAction: consume(client.doAction("endless"), begin),
      doPut: uploads.doPut(pathDescriptor("up"))
        .writeAll(endless(begin)),
      doExchange: exchange(exchanges, Infinity, begin),
    };
    for (const call of Object.values(calls)) call.catch(() => {});
    await Promise.race([begun, ...Object.values(calls)]);
    process.kill(Number(decoder.decode(answer!.body)), "SIGKILL");
    for (const [name, call] of Object.entries(calls)) {
      const error = await failureOf(name, call);
      assert(
        ["UNAVAILABLE", "INTERNAL", "UNKNOWN", "CANCELLED"]
          .includes(error.code),
        `${name}: ${error.message}`,
      );
    }
  },
};

/** Connects by gRPC-Web through the proxy, once the server is known to be healthy there. */
async function webClient(
  { web }: Ports,
  webSocket: boolean,
): Promise<FlightClient> {
  const url = `http://127.0.0.1:${web}`;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const response = await fetch(`${url}/healthz`);
    if (await response.text() === "SERVING\n") break;
    // HAProxy passes nothing on before its own checks have succeeded.
    assert(Date.now() < deadline, `${url} is not healthy: ${response.status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return connectWeb(url, { webSocket });
}

/** Connects through the proxy. */
export function connectTo(port: number, caFile?: string): FlightClient {
  return caFile === undefined
    ? connect(`grpc://127.0.0.1:${port}`)
    : connect(`grpc+tls://localhost:${port}`, {
      tls: { rootCertificates: { file: caFile } },
    });
}

/** All methods, each with an answer that is checked. */
export const RPCS: Readonly<
  Record<string, (client: FlightClient) => Promise<unknown>>
> = {
  async handshake(client) {
    const auth = { username: "ada", password: "1815" };
    const { writable, readable } = client.handshake({ timeoutMs });
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    writer.write({ payload: encodeBasicAuth(auth) }).catch(() => {});
    writer.close().catch(() => {});
    const [answer] = await Array.fromAsync(readable);
    assertEquals(decodeBasicAuth(answer!.payload!), auth);
  },
  async listFlights(client) {
    const infos = await Array.fromAsync(client.listFlights({}, { timeoutMs }));
    assertEquals(infos.length, 3);
  },
  async getFlightInfo(client) {
    const descriptor = commandDescriptor("x");
    const info = await client.getFlightInfo(descriptor, { timeoutMs });
    assertEquals(info.descriptor, descriptor);
  },
  async pollFlightInfo(client) {
    const { progress } = await client.pollFlightInfo(commandDescriptor("x"), {
      timeoutMs,
    });
    assertEquals(progress, 1);
  },
  async getSchema(client) {
    const schema = await client.getSchema(pathDescriptor("x"), { timeoutMs });
    assertEquals(
      ("fields" in schema ? schema : decodeSchema(schema as never)).fields
        .length,
      2,
    );
  },
  doGet: (client) => get(client, "2"),
  async doPut(client) {
    const results = await client.doPut(pathDescriptor("up"), { timeoutMs })
      .writeAll(bigBatches(2));
    assertEquals(results.length, 2);
  },
  doExchange: (client) => exchange(client, 2),
  async doAction(client) {
    const body = encoder.encode("x");
    const results = await Array.fromAsync(
      client.doAction({ type: "echo", body }, { timeoutMs }),
    );
    assertEquals(results.map(({ body }) => body), [body]);
  },
  async listActions(client) {
    const actions = await Array.fromAsync(client.listActions({ timeoutMs }));
    assertEquals(actions.map(({ type }) => type), ["echo"]);
  },
};

/** Batches without end; says when the third is wanted: two have been taken. */
async function* endless(begin: () => void) {
  for (let index = 0;; index++) {
    if (index === 2) begin();
    yield bigBatch(index);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function get(client: FlightClient, ticket: string): Promise<void> {
  let index = 0;
  for await (const batch of client.doGet(ticket, { timeoutMs })) {
    checkBigBatch(batch, index++);
  }
  assertEquals(index, Number(ticket));
}

/** Sends batches, and gets each of them back. */
async function exchange(
  client: FlightClient,
  count: number,
  begin?: () => void,
): Promise<void> {
  const { writable, readable } = client.doExchange(pathDescriptor("x"), {
    timeoutMs,
  });
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const sent = (async () => {
    for (let index = 0; index < count; index++) {
      await writer.write(bigBatch(index));
    }
    await writer.close();
  })();
  sent.catch(() => {});
  let index = 0;
  for await (const batch of readable) {
    checkBigBatch(batch, index++);
    if (index === 1) begin?.();
  }
  assertEquals(index, count);
  await sent;
}

/** Reads to the end; says when the first has come. */
async function consume(
  stream: AsyncIterable<unknown>,
  begin: () => void,
): Promise<void> {
  let count = 0;
  for await (const _ of stream) if (++count === 1) begin();
}

/** Every method fails, with one error that says why. */
async function everyRpcFails(
  port: number,
  codes: readonly string[],
  text: RegExp,
): Promise<void> {
  await using client = connectTo(port);
  for (const [name, rpc] of Object.entries(RPCS)) {
    const error = await failureOf(name, rpc(client));
    assert(
      codes.includes(error.code) && text.test(error.message),
      `${name}: ${error.message}`,
    );
  }
}

async function failureOf(
  name: string,
  call: Promise<unknown>,
): Promise<FlightError> {
  try {
    await call;
  } catch (error) {
    if (FlightError.is(error)) return error;
    throw new Error(`${name}: not a FlightError`, { cause: error });
  }
  throw new Error(`${name} succeeds`);
}
