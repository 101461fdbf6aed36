/**
 * The service of ours that pyarrow's client is tested against.
 * pyarrow_server.py answers the same requests: tickets and paths are a verb and
 * its arguments.
 *
 * @module
 */

import {
  type Action,
  type FlightCallContext,
  FlightError,
  type FlightService,
  pathDescriptor,
  type PutResultInit,
} from "../../../mod.ts";
import {
  type AuthTokens,
  knownPasswords,
  PEER_IDENTITY,
  serverBasicHandshake,
  serverHandshakeAuth,
  serverHeaderAuth,
} from "../../../auth.ts";
import type { FlightInterceptor } from "../../../middleware.ts";
import type { RecordBatch, Schema } from "apache-arrow";
import { checkBigBatch } from "../load/big_stream.ts";
import type { DataFiles } from "./data_files.ts";
import { ENCODINGS } from "./encodings.ts";
import { Events } from "./events.ts";
import { startScenario } from "./scenarios.ts";
import {
  answerHeaders,
  big,
  bytes,
  checkUpload,
  echo,
  endless,
  failAfter,
  failure,
  fullInfo,
  headersText,
  metadataOnly,
  numbered,
  pathOf,
  serverFirst,
  text,
  untilEnd,
} from "./answers.ts";

/** Waits until the call is over, and tells why. */
async function hang(
  { signal }: FlightCallContext,
  events: Events,
  name: string,
): Promise<never> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
  events.set(name, (signal.reason as FlightError).code);
  throw signal.reason;
}

const TOKENS: AuthTokens = {
  issue: (identity) => `token of ${identity}`,
  verify: (token) => token === "token of user" ? token : undefined,
};

const BASIC = {
  verifyPassword: knownPasswords({ user: "secret" }),
  tokens: TOKENS,
};

/** Both ways to log in, neither of them required. */
export const INTEROP_INTERCEPTORS: readonly FlightInterceptor[] = [
  serverHeaderAuth({ ...BASIC, required: false }),
  serverHandshakeAuth({
    ...serverBasicHandshake(BASIC),
    validate: (token, { values }) =>
      token.byteLength > 0
        ? TOKENS.verify(text(token))
        : values.get(PEER_IDENTITY) ?? "",
  }),
];

/** Makes the service. */
export function interopService(files: DataFiles): FlightService {
  const events = new Events();
  const stored = new Map<
    string,
    { schema: Schema; batches: RecordBatch[] }
  >();

  return {
    // Descriptions

    async *listFlights({ expression }) {
      const prefix = text(expression);
      if (prefix === "fail") {
        yield fullInfo(pathDescriptor("before"), files);
        throw new FlightError("UNAVAILABLE", "the list ends here");
      }
      for (const name of ["alpha", "beta", "beta two", "gamma"]) {
        if (name.startsWith(prefix)) {
          yield fullInfo(pathDescriptor("list", name), files);
        }
      }
    },
    getFlightInfo(descriptor) {
      if (descriptor.type === "CMD") {
        return text(descriptor.cmd) === "minimal" ? { descriptor } : undefined;
      }
      const [verb, id] = pathOf(descriptor);
      if (verb === "busy") {
        const count = Number(events.get(id!)) + 1;
        events.set(id!, count);
        if (count < 3) throw new FlightError("UNAVAILABLE", "come back later");
      }
      return fullInfo(descriptor, files);
    },
    getSchema(descriptor) {
      const [verb, name] = pathOf(descriptor);
      return verb === "data" ? files.read(name!).schema : undefined;
    },

    // Data

    doGet({ ticket }, context) {
      const [verb, ...rest] = JSON.parse(text(ticket));
      switch (verb) {
        case "data":
          return numbered(files.read(rest[0]));
        case "sliced": {
          const { schema, batches } = files.read(rest[0]);
          return numbered({
            schema,
            batches: batches.map((batch) => batch.slice(1, 4)),
          });
        }
        case "encoded": {
          context.setWriteOptions(ENCODINGS[rest[0]]!);
          const { schema, batches } = files.read(rest[1]);
          return [{ schema }, ...batches];
        }
        case "stored":
          return numbered(stored.get(rest[0])!);
        case "big":
          return big(rest[0], (count) => events.set(rest[1], count));
        case "endless":
          return endless(events, rest[0]);
        case "hang":
          return hang(context, events, rest[0]);
        case "fail":
          throw failure(rest);
        case "fail after":
          return failAfter(rest[0], rest.slice(1));
        case "metadata only":
          return metadataOnly();
        default:
          return undefined;
      }
    },

    async *doPut(upload, context): AsyncGenerator<PutResultInit> {
      const [verb, ...rest] = pathOf(await upload.descriptor);
      switch (verb) {
        case "store": {
          const [key, name] = rest;
          const batches: RecordBatch[] = [];
          const schema = await upload.schema;
          for await (const { batch, appMetadata } of upload.messages()) {
            if (
              batch === undefined || text(appMetadata) !== `${batches.length}`
            ) {
              throw new FlightError(
                "INVALID_ARGUMENT",
                `batch ${batches.length} has the metadata ${text(appMetadata)}`,
              );
            }
            batches.push(batch);
            yield { appMetadata };
          }
          stored.set(key!, { schema, batches });
          if (name !== undefined) checkUpload(files, name, schema, batches);
          break;
        }
        case "count": {
          let [rows, batches] = [0, 0];
          for await (const batch of upload) {
            checkBigBatch(batch, batches++);
            rows += batch.numRows;
          }
          yield { appMetadata: bytes(JSON.stringify([rows, batches])) };
          break;
        }
        case "messages":
          for await (const { batch, appMetadata } of upload.messages()) {
            const kind = batch === undefined ? "metadata" : "batch";
            yield {
              appMetadata: bytes(
                appMetadata === undefined
                  ? kind
                  : `${kind} ${text(appMetadata)}`,
              ),
            };
          }
          break;
        case "early": {
          const reader = upload.getReader();
          for (let left = Number(rest[0]); left > 0; left--) {
            await reader.read();
          }
          yield { appMetadata: bytes("enough") };
          break;
        }
        case "fail after": {
          const [count, ...error] = rest;
          const messages = upload.messages().getReader();
          for (let left = Number(count); left > 0; left--) {
            const { value } = await messages.read();
            yield { appMetadata: value!.appMetadata };
          }
          throw failure(error);
        }
        case "wait": {
          const reader = upload.getReader();
          let rows = 0;
          await reader.read();
          await events.wait(rest[0]!);
          while (true) {
            const { done, value } = await reader.read();
            if (done) break;
            rows += value.numRows;
          }
          yield { appMetadata: bytes(String(rows)) };
          break;
        }
        case "cancelled":
          yield { appMetadata: bytes("started") };
          await untilEnd(upload, context, (how) => events.set(rest[0]!, how));
          break;
        default:
          throw new FlightError("NOT_FOUND", `no upload ${verb}`);
      }
    },

    async doExchange(input, context) {
      const [verb, ...rest] = pathOf(await input.descriptor);
      switch (verb) {
        case "echo":
          return echo(input);
        case "server first":
          return serverFirst(input);
        case "fail after": {
          const [count, ...error] = rest;
          const reader = input.getReader();
          for (let left = Number(count); left > 0; left--) {
            await reader.read();
          }
          throw failure(error);
        }
        case "cancelled":
          return (async function* () {
            yield { appMetadata: bytes("started") };
            await untilEnd(input, context, (how) => events.set(rest[0]!, how));
          })();
        case "endless":
          context.signal.addEventListener(
            "abort",
            () =>
              events.set(rest[0]!, (context.signal.reason as FlightError).code),
          );
          return endless(events, `${rest[0]} stopped`);
        default:
          throw new FlightError("NOT_FOUND", `no exchange ${verb}`);
      }
    },

    // Actions

    listActions() {
      return [
        { type: "echo", description: "Gives the body back." },
        { type: "many", description: "Ünïcode" },
      ];
    },
    doAction(action, context) {
      answerHeaders(context);
      return act(action, context);
    },
  };

  async function* act(
    { type, body }: Action,
    context: FlightCallContext,
  ): AsyncGenerator<{ body: Uint8Array | string }> {
    const argument = text(body);
    switch (type) {
      case "echo":
        yield { body: body ?? new Uint8Array() };
        break;
      case "none":
        break;
      case "many":
        for (let row = 0; row < Number(argument); row++) {
          yield { body: bytes(String(row)) };
        }
        break;
      case "fail":
        throw failure(JSON.parse(argument));
      case "fail after": {
        const [count, ...error] = JSON.parse(argument);
        for (let row = 0; row < count; row++) yield { body: bytes(`${row}`) };
        throw failure(error);
      }
      case "throw":
        throw new RangeError("a secret of the service");
      case "headers":
        context.responseTrailers.set("x-trailer", "at the end");
        yield { body: bytes(JSON.stringify(headersText(context.headers))) };
        break;
      case "who":
        yield { body: bytes(context.peerIdentity ?? "nobody") };
        break;
      case "scenario":
        yield { body: bytes(String(await startScenario(argument))) };
        break;
      case "deadline":
        yield { body: bytes(String(context.deadline?.getTime() ?? "none")) };
        break;
      case "wait":
        yield { body: bytes(JSON.stringify(await events.wait(argument))) };
        break;
      case "set":
        events.set(argument, "set");
        break;
      case "get":
        yield { body: bytes(JSON.stringify(events.get(argument))) };
        break;
      case "hang":
        await hang(context, events, argument);
        break;
      case "endless":
        try {
          while (true) yield { body: new Uint8Array(1000) };
        } finally {
          events.set(argument, "stopped");
        }
      default:
        throw new FlightError("UNIMPLEMENTED", `no action ${type}`);
    }
  }
}
