/**
 * State that servers on several machines share, in Redis or Valkey: {@linkcode redisStore}. The client of
 * Redis is a package of the application.
 *
 * ```ts ignore
 * import { redisStore } from "@contrail/flight/redis";
 * import { serverSessions, SharedSessionStore } from "@contrail/flight/session";
 * import { createClient } from "redis";
 *
 * const client = await createClient({ url: "redis://localhost" }).connect();
 * const store = redisStore(client);
 * const sessions = serverSessions({ store: new SharedSessionStore(store) });
 * ```
 *
 * @module
 */

export type { SharedStore } from "./internal/core/shared_store.ts";
export {
  type RedisClient,
  redisStore,
  type RedisStoreOptions,
} from "./internal/redis/redis_store.ts";
