/** Connections to a database, which calls take and give back. */

import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import type {
  DatabaseAdapter,
  DatabaseConnection,
  DatabaseStatement,
} from "./adapter.ts";
import type { SessionNames } from "./session_names.ts";

/** Options of a {@linkcode ConnectionPool}. */
interface ConnectionPoolOptions {
  /** Most connections. */
  readonly maxConnections: number;
  /** Longest wait for one, in milliseconds. */
  readonly connectionTimeoutMs: number;
  /** Most statements that a connection keeps for later. */
  readonly maxCachedStatements: number;
}

/** A statement, and the state of the database that it is compiled for. */
export interface StatementKey {
  /** Its text. */
  readonly text: string;
  /** Catalog and schema of names that have none. */
  readonly names: SessionNames;
  /** Number of the state of the schema: statements of earlier ones are not used again. */
  readonly generation: number;
}

/** A connection, with statements that are ready to be used again. */
export class PooledConnection {
  /** The connection. */
  readonly connection: DatabaseConnection;
  readonly #max: number;
  /** Statements that are not in use, by their text and names, in the order of their last use. */
  readonly #ready = new Map<string, DatabaseStatement>();
  #generation = 0;
  #names = keyOf({});
  #busy: Promise<void> | undefined;

  /**
   * @param connection The connection.
   * @param maxCachedStatements Most statements that are kept for later.
   */
  constructor(connection: DatabaseConnection, maxCachedStatements: number) {
    this.connection = connection;
    this.#max = maxCachedStatements;
  }

  /** Resolves when the engine has ended the work of a canceled call; `undefined` where there is none. */
  get busy(): Promise<void> | undefined {
    return this.#busy;
  }

  /** Resolves names as a session wants it: the last one may have left others. */
  async use(names: SessionNames): Promise<void> {
    const key = keyOf(names);
    if (this.#names === key) return;
    await this.connection.use?.(names);
    this.#names = key;
  }

  /** Compiles a statement, or takes one that was compiled before. */
  async prepare(
    { text, names, generation }: StatementKey,
    signal: AbortSignal,
  ): Promise<DatabaseStatement> {
    await this.use(names);
    if (this.#generation !== generation) {
      await this.#forget();
      this.#generation = generation;
    }
    const key = text + keyOf(names);
    const ready = this.#ready.get(key);
    if (ready === undefined) {
      try {
        return await this.connection.prepare(text, { signal });
      } catch (error) {
        if (signal.aborted) this.#wait();
        throw error;
      }
    }
    this.#ready.delete(key);
    return ready;
  }

  #wait(): void {
    this.#busy ??= this.connection.idle?.().catch(() => {}).then(() => {
      this.#busy = undefined;
    });
  }

  /** Keeps a statement for later, by the key that it was compiled for. */
  async keep(
    { text, names, generation }: StatementKey,
    statement: DatabaseStatement,
  ): Promise<void> {
    const key = text + keyOf(names);
    // That of a lost connection is closed with it, which `release` finds out.
    if (
      this.#generation !== generation || this.#max === 0 || this.#ready.has(key)
    ) return await statement.close();
    this.#ready.set(key, statement);
    if (this.#ready.size <= this.#max) return;
    const [oldest] = this.#ready;
    this.#ready.delete(oldest![0]);
    await oldest![1].close();
  }

  async #forget(): Promise<void> {
    const statements = [...this.#ready.values()];
    this.#ready.clear();
    for (const statement of statements) await statement.close();
  }
}

/** Tells names apart. No text of a statement ends with a key, as it would have to contain a NUL. */
function keyOf({ catalog, schema }: SessionNames): string {
  return catalog === undefined && schema === undefined
    ? ""
    : `\0${JSON.stringify([catalog, schema])}`;
}

interface Waiting {
  readonly resolve: (connection: PooledConnection) => void;
  readonly reject: (error: unknown) => void;
}

/** Lends connections: as few as do, and no more than the bound. */
export class ConnectionPool {
  readonly #adapter: DatabaseAdapter;
  readonly #options: ConnectionPoolOptions;
  /** The one that was used last is used next: it has the statements. */
  readonly #idle: PooledConnection[] = [];
  readonly #lent = new Set<PooledConnection>();
  readonly #waiting = new Set<Waiting>();
  /** Is told that a connection was lost, so that the next one may find another state of the database. */
  onLost: (() => void) | undefined;
  #opening = 0;
  #isClosed = false;

  /**
   * @param adapter The database.
   * @param options Bounds.
   */
  constructor(adapter: DatabaseAdapter, options: ConnectionPoolOptions) {
    this.#adapter = adapter;
    this.#options = options;
  }

  /** Number of connections that are lent. */
  get lent(): number {
    return this.#lent.size;
  }

  /**
   * Takes a connection, to be given back by `release`.
   *
   * @param signal Ends the wait.
   * @throws {FlightError} RESOURCE_EXHAUSTED when all are lent for too long, UNAVAILABLE after the end.
   */
  async take(signal: AbortSignal): Promise<PooledConnection> {
    signal.throwIfAborted();
    if (this.#isClosed) throw closed();
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.connection.isOpen) {
        this.#lent.add(idle);
        return idle;
      }
      this.onLost?.();
      // It still counts at the engine until it is closed.
      this.#opening++;
      await this.#close(idle);
      this.#opening--;
    }
    if (this.#isClosed) throw closed();
    if (this.#lent.size + this.#opening < this.#options.maxConnections) {
      return await this.#open();
    }
    return await this.#wait(signal);
  }

  /** Gives a connection back, as soon as it is not busy any more. */
  release(pooled: PooledConnection): void {
    if (pooled.busy !== undefined) {
      handled(pooled.busy.then(() => this.release(pooled)));
      return;
    }
    if (!this.#lent.delete(pooled)) return;
    const [next] = this.#waiting;
    if (!this.#isClosed && next === undefined) {
      // The next one to take it looks whether it was lost: that may be a request to the file system.
      this.#idle.push(pooled);
      return;
    }
    if (this.#isClosed || !pooled.connection.isOpen) {
      // A lost one makes room for another.
      this.onLost?.();
      handled(this.#close(pooled).then(() => this.#serveNext()));
      return;
    }
    this.#waiting.delete(next!);
    this.#lent.add(pooled);
    next!.resolve(pooled);
  }

  /** Closes all connections, those that are lent too. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { reject } of this.#waiting) reject(closed());
    this.#waiting.clear();
    const all = [...this.#idle, ...this.#lent];
    this.#idle.length = 0;
    this.#lent.clear();
    await Promise.all(all.map((pooled) => this.#close(pooled)));
  }

  async #open(): Promise<PooledConnection> {
    this.#opening++;
    try {
      const connection = await this.#adapter.connect();
      // Those that are lent may be of another file than this one.
      if ([...this.#lent].some(({ connection }) => !connection.isOpen)) {
        this.onLost?.();
      }
      const pooled = new PooledConnection(
        connection,
        this.#options.maxCachedStatements,
      );
      if (this.#isClosed) {
        await this.#close(pooled);
        throw closed();
      }
      this.#lent.add(pooled);
      return pooled;
    } catch (error) {
      this.#serveNext();
      throw error;
    } finally {
      this.#opening--;
    }
  }

  /** Lets one that waits try to open a connection. */
  #serveNext(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#isClosed) return;
    this.#waiting.delete(next);
    this.#open().then(next.resolve, next.reject);
  }

  #wait(signal: AbortSignal): Promise<PooledConnection> {
    const { maxConnections, connectionTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        resolve(connection) {
          stop();
          resolve(connection);
        },
        reject(error) {
          stop();
          reject(error);
        },
      };
      const abort = (): void => waiting.reject(signal.reason);
      const timer = setTimeout(
        () =>
          waiting.reject(
            new FlightError(
              "RESOURCE_EXHAUSTED",
              `all ${maxConnections} connections to the database (option maxConnections) were in use for ${connectionTimeoutMs} ms (option connectionTimeoutMs)`,
            ),
          ),
        connectionTimeoutMs,
      );
      signal.addEventListener("abort", abort);
      this.#waiting.add(waiting);
    });
  }

  /** One that cannot be closed is of no use to anyone, and no one is to blame. */
  async #close({ connection }: PooledConnection): Promise<void> {
    try {
      await connection.close();
    } catch {
      // It is lost.
    }
  }
}

function closed(): FlightError {
  return new FlightError("UNAVAILABLE", "the database is closed");
}
