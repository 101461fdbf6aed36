/** The store of a group of workers: in the first process, and as its workers see it. */

import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { type Deferred, deferred } from "../base/deferred.ts";
import { FlightError } from "../core/flight_error.ts";
import type { SharedStore } from "../core/shared_store.ts";

/** A use of the store, as a worker asks for it; bytes are in Base64. */
export interface StoreRequest {
  readonly flight: "store";
  /** Number of the request. */
  readonly id: number;
  readonly method: keyof SharedStore;
  readonly key: string;
  readonly before?: string;
  readonly value?: string;
  readonly lifetimeMs?: number;
}

/** The answer to a request. */
export interface StoreAnswer {
  readonly flight: "stored";
  readonly id: number;
  /** The value, in Base64. */
  readonly value?: string;
  /** The outcome of `replace`. */
  readonly replaced?: boolean;
  /** Text of the error, if it failed. */
  readonly error?: string;
}

/** Answers a request of a worker. */
export async function answerStore(
  store: SharedStore,
  request: StoreRequest,
): Promise<StoreAnswer> {
  const { id, method, key, lifetimeMs = 1 } = request;
  const answer = { flight: "stored", id } as const;
  const bytes = (text = ""): Uint8Array => decodeBase64(text);
  try {
    switch (method) {
      case "set":
        await store.set(key, bytes(request.value), lifetimeMs);
        return answer;
      case "replace": {
        const before = bytes(request.before);
        const value = bytes(request.value);
        return {
          ...answer,
          replaced: await store.replace(key, before, value, lifetimeMs),
        };
      }
      case "delete":
        await store.delete(key);
        return answer;
      default: {
        const value = await store[method](key);
        return value === undefined
          ? answer
          : { ...answer, value: encodeBase64(value) };
      }
    }
  } catch (error) {
    return { ...answer, error: (error as Error).message };
  }
}

/** The store of the first process, as a worker uses it. */
export class ChannelStore implements SharedStore {
  readonly #send: (request: StoreRequest) => boolean;
  readonly #pending = new Map<number, Deferred<StoreAnswer>>();
  #lastId = 0;

  /** @param send Sends a request; returns false if the other process is gone. */
  constructor(send: (request: StoreRequest) => boolean) {
    this.#send = send;
  }

  /** Takes an answer. */
  answered(answer: StoreAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.error === undefined) pending?.resolve(answer);
    else pending?.reject(storeError(answer.error));
  }

  /** Fails all requests: the other process is gone. */
  close(): void {
    for (const { reject } of this.#pending.values()) reject(goneError());
    this.#pending.clear();
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return valueOf(await this.#ask({ method: "get", key }));
  }

  async set(key: string, value: Uint8Array, lifetimeMs: number): Promise<void> {
    await this.#ask({
      method: "set",
      key,
      value: encodeBase64(value),
      lifetimeMs,
    });
  }

  async replace(
    key: string,
    before: Uint8Array,
    value: Uint8Array,
    lifetimeMs: number,
  ): Promise<boolean> {
    const { replaced } = await this.#ask({
      method: "replace",
      key,
      before: encodeBase64(before),
      value: encodeBase64(value),
      lifetimeMs,
    });
    return replaced === true;
  }

  async take(key: string): Promise<Uint8Array | undefined> {
    return valueOf(await this.#ask({ method: "take", key }));
  }

  async delete(key: string): Promise<void> {
    await this.#ask({ method: "delete", key });
  }

  #ask(request: Omit<StoreRequest, "flight" | "id">): Promise<StoreAnswer> {
    const id = ++this.#lastId;
    const answer = deferred<StoreAnswer>();
    this.#pending.set(id, answer);
    if (!this.#send({ flight: "store", id, ...request })) {
      this.#pending.delete(id);
      answer.reject(goneError());
    }
    return answer.promise;
  }
}

function valueOf({ value }: StoreAnswer): Uint8Array | undefined {
  return value === undefined ? undefined : decodeBase64(value);
}

function storeError(reason: string): FlightError {
  return new FlightError(
    "UNAVAILABLE",
    `the store of the workers has failed: ${reason}`,
  );
}

function goneError(): FlightError {
  return storeError("its process is gone");
}
