import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** What happens to the bytes of one connection on their way. */
export interface Wire {
  /** A promise holds the bytes, and all that follow, until it is kept. */
  fromClient?(chunk: Buffer): Promise<void> | void;
  /** False loses the bytes, and the connection. */
  fromServer?(chunk: Buffer): boolean;
  closed?(): void;
}

/** Stands between a worker and a server, on a port of its own, and can be cut as a network is. */
export class Relay {
  private isCut = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(target: number, wire: () => Wire = () => ({})): Promise<Relay> {
    let relay: Relay | undefined = undefined;
    const server = createServer((client) => relay!.join(client, connect(target, '127.0.0.1'), wire()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    relay = new Relay(server, (server.address() as { port: number }).port);
    return relay;
  }

  /** Ends every connection, and takes no other until `mend`. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, server: Socket, wire: Wire): void {
    const both = [client, server];
    const end = (): void => both.forEach((socket) => socket.destroy());
    for (const socket of both) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.once('close', () => wire.closed?.());
    if (this.isCut) return end();
    const toServer = (chunk: Buffer): void => {
      if (!server.write(chunk)) pausing(client, server);
    };
    client.on('data', (chunk: Buffer) => {
      const held = wire.fromClient?.(chunk);
      if (!held) return toServer(chunk);
      client.pause();
      void held.then(() => {
        toServer(chunk);
        client.resume();
      });
    });
    server.on('data', (chunk: Buffer) => {
      if (wire.fromServer?.(chunk) === false) return end();
      if (!client.write(chunk)) pausing(server, client);
    });
  }
}

function pausing(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}
