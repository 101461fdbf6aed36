/** A cable between a client and a server that can be pulled, cut and mended. */

import * as net from "node:net";

/** A client's socket, and the one that leads to the server. */
interface Link {
  readonly near: net.Socket;
  far: net.Socket | undefined;
}

/** Passes bytes between clients and a server, until it is told to do otherwise. */
export class CutProxy implements AsyncDisposable {
  /** The port of this machine that new connections are led to. */
  targetPort: number;
  /** Location for clients. */
  readonly location: string;
  readonly #port: number;
  #server: net.Server | undefined;
  readonly #links = new Set<Link>();
  #isSilent = false;
  #accepted = 0;

  private constructor(server: net.Server, targetPort: number) {
    this.targetPort = targetPort;
    this.#port = (server.address() as net.AddressInfo).port;
    this.location = `grpc+tcp://127.0.0.1:${this.#port}`;
    this.#listenOn(server);
  }

  /** A proxy on a port of its own that leads to `targetPort`. */
  static async to(targetPort: number): Promise<CutProxy> {
    return new CutProxy(await listening(0), targetPort);
  }

  /** Number of connections that it has accepted so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /**
   * Pulls the cable: nothing passes any more, neither data nor the end of a connection. New
   * connections get no answer.
   */
  silence(): void {
    this.#isSilent = true;
    for (const { near, far } of this.#links) {
      near.pause();
      far?.pause();
    }
  }

  /** Plugs it in again: what waited arrives, the ends of connections too. */
  unsilence(): void {
    this.#isSilent = false;
    for (const link of this.#links) {
      if (link.far === undefined) this.#reach(link);
      this.#resume(link);
    }
  }

  /** Resets all connections, on both sides. */
  reset(): void {
    for (const { near, far } of this.#links) {
      near.resetAndDestroy();
      far?.resetAndDestroy();
    }
  }

  /** Accepts no further connections; those that are open stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Accepts connections again. */
  async accept(): Promise<void> {
    this.#listenOn(await listening(this.#port));
  }

  /** Ends all connections, and accepts no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    this.refuse();
    const closed = [...this.#links].flatMap(({ near, far }) =>
      [near, ...(far ? [far] : [])].map(destroyed)
    );
    await Promise.all(closed);
    if (server?.listening) await new Promise((done) => server.close(done));
  }

  #listenOn(server: net.Server): void {
    this.#server = server;
    server.on("connection", (near: net.Socket) => {
      this.#accepted++;
      const link: Link = { near, far: undefined };
      this.#links.add(link);
      this.#watch(link, near, () => link.far);
      if (this.#isSilent) near.pause();
      else this.#reach(link);
    });
  }

  /** Makes the connection to the server. */
  #reach(link: Link): void {
    const far = net.connect(this.targetPort, "127.0.0.1");
    link.far = far;
    this.#watch(link, far, () => link.near);
  }

  /** Passes on what comes from one socket, and its end. */
  #watch(
    link: Link,
    from: net.Socket,
    other: () => net.Socket | undefined,
  ): void {
    from.setNoDelay(true);
    from.on("data", (chunk) => {
      const to = other();
      if (to === undefined || to.write(chunk)) return;
      from.pause();
      to.once("drain", () => this.#resume(link));
    });
    from.on("error", () => {});
    from.on("close", () => this.#resume(link));
  }

  /** Goes on reading, and ends what has lost its other end: if the cable is there. */
  #resume(link: Link): void {
    if (this.#isSilent) return;
    const { near, far } = link;
    if (near.destroyed || far?.destroyed) {
      this.#links.delete(link);
      near.destroySoon();
      far?.destroySoon();
      return;
    }
    near.resume();
    far?.resume();
  }
}

async function listening(port: number): Promise<net.Server> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

function destroyed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once("close", () => resolve());
    socket.destroy();
  });
}
