/** Sockets that are in the way: for tests of what cannot be reached, or not any more. */

import * as net from "node:net";

/** Returns a port of this machine on which no process listens. */
export async function deadPort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
}

/** Something that accepts connections. */
export interface Listener extends AsyncDisposable {
  /** Location of the server. */
  readonly location: string;
  /** Number of connections that it has accepted so far. */
  readonly accepted: number;
  /** Its port. */
  readonly port: number;
  /** The connections that are open. */
  readonly sockets: ReadonlySet<net.Socket>;
  /** Destroys the connections that are open, and accepts others. */
  drop(): void;
  /** Destroys all connections, and accepts no more. */
  cut(): Promise<void>;
}

/** Accepts connections, and closes each of them at once. */
export function deafListener(): Promise<Listener> {
  return socketServer((socket) => socket.destroy());
}

/** Passes everything on to a port of this machine, and back. */
export function forwarder(port: number): Promise<Listener> {
  return socketServer((socket) => {
    const other = net.connect(port, "127.0.0.1");
    other.on("error", () => socket.destroy());
    other.on("close", () => socket.destroy());
    socket.on("close", () => other.destroy());
    socket.pipe(other).pipe(socket);
  });
}

/** Accepts connections, and does with them what it is told. */
export async function socketServer(
  onConnection: (socket: net.Socket) => void,
): Promise<Listener> {
  let accepted = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    accepted++;
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    onConnection(socket);
  });
  const port = await listen(server);
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  const cut = async (): Promise<void> => {
    const closed = new Promise((done) => server.close(done));
    drop();
    await closed;
  };
  return {
    location: `grpc+tcp://127.0.0.1:${port}`,
    get accepted() {
      return accepted;
    },
    port,
    sockets: open,
    drop,
    cut,
    [Symbol.asyncDispose]: cut,
  };
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as net.AddressInfo).port;
}
