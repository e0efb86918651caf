import type { Wire } from './relay';
import { Relay } from './relay';

/** A transaction that works on a step of a window, as it is seen on the wire. */
export interface StepSession {
  readonly epoch: number;
  readonly step: number;
  readonly attempt: number;
  /** Null while it is open. */
  end: 'committed' | 'rolled back' | 'cut off' | null;
  /** The fence's update found no row: a newer holder has the window. */
  refused: boolean;
}

// A simple query as PostgreSQL's protocol frames it: 'Q', four bytes of length, the text, a NUL.
const simple = (text: string): Buffer =>
  Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, text.length + 5]), Buffer.from(`${text}\0`)]);
const COMMIT = simple('commit');
const ROLLBACK = simple('rollback');
// A command's end, as the server tells it.
const UPDATED_NONE = Buffer.from('UPDATE 0\0');
/** How a fenced step begins: an ingest's transactions have a holder, and no lock timeout. */
const FENCED =
  /^Q.{4}begin isolation level [a-z ]+; set local synchronous_commit = on; set local lock_timeout = \d+; set local application_name = 'weir [0-9a-f]{16} (\d+)\.(\d+)\.(\d+)'/s;

interface Trap {
  readonly matches: (session: StepSession) => boolean;
  readonly spring: (session: StepSession) => Promise<void>;
}

/**
 * Stands between one worker and PostgreSQL. It can lose the answer to a COMMIT (the server did it, the client never hears), and it sees each step's
 * transaction begin and end, so that a process can be stopped inside of one.
 */
export class PostgresProxy {
  /** Every step's transaction that went through, in the order in which they began. */
  readonly sessions: StepSession[] = [];
  private armed = 0;
  private trap: Trap | null = null;

  private constructor(readonly relay: Relay) {}

  static async open(port: number): Promise<PostgresProxy> {
    let proxy: PostgresProxy | undefined = undefined;
    const relay = await Relay.open(port, () => proxy!.wire());
    proxy = new PostgresProxy(relay);
    return proxy;
  }

  /** From now on the answer to the next COMMIT is lost, with its connection. */
  loseNextCommit(): void {
    this.armed += 1;
  }

  /** Holds the next step that matches at its `begin`, until `spring` is through; null disarms. */
  setTrap(trap: Trap | null): void {
    this.trap = trap;
  }

  private wire(): Wire {
    let losing = false;
    let session: StepSession | null = null;
    const endSession = (end: StepSession['end']): void => {
      if (session) session.end = end;
      session = null;
    };
    return {
      fromClient: (chunk) => {
        if (chunk.includes(COMMIT)) {
          endSession('committed');
          if (this.armed > 0) {
            this.armed -= 1;
            losing = true;
          }
        } else if (chunk.includes(ROLLBACK)) endSession('rolled back');
        const fenced = FENCED.exec(chunk.toString('latin1'));
        if (!fenced) return;
        const [epoch, step, attempt] = fenced.slice(1).map(Number);
        session = { epoch: epoch!, step: step!, attempt: attempt!, end: null, refused: false };
        this.sessions.push(session);
        if (!this.trap?.matches(session)) return;
        const { spring } = this.trap;
        this.trap = null;
        return spring(session);
      },
      fromServer: (chunk) => {
        if (session && chunk.includes(UPDATED_NONE)) session.refused = true;
        // The server has committed: its answer ends here.
        return !losing;
      },
      closed: () => endSession('cut off'),
    };
  }
}
