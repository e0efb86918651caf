import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

// A simple query as PostgreSQL's protocol frames it: 'Q', four bytes of length, the text, a NUL.
const COMMIT = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 11]), Buffer.from('commit\0')]);

/** Stands between workers and PostgreSQL, and can lose the answer to a COMMIT: the server did it, the client never hears. */
export class Proxy {
  private armed = 0;
  private lost = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(target: { port: number }): Promise<Proxy> {
    let proxy: Proxy | undefined = undefined;
    const server = createServer((client) => proxy!.join(client, connect(target.port, '127.0.0.1')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy = new Proxy(server, (server.address() as { port: number }).port);
    return proxy;
  }

  /** From now on the answer to the next COMMIT is lost, with its connection. */
  loseNextCommit(): void {
    this.armed += 1;
  }

  /** Answers lost so far. */
  get losses(): number {
    return this.lost;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, server: Socket): void {
    let losing = false;
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
    client.on('data', (chunk) => {
      if (this.armed > 0 && chunk.includes(COMMIT)) {
        this.armed -= 1;
        losing = true;
      }
      if (!server.write(chunk)) pausing(client, server);
    });
    server.on('data', (chunk) => {
      // The server has committed: its answer ends here.
      if (losing) {
        this.lost += 1;
        return end();
      }
      if (!client.write(chunk)) pausing(server, client);
    });
  }
}

function pausing(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}
