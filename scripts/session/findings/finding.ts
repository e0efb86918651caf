/** One thing that `weir doctor` looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
  /** What puts it right: a command, wherever there is one. */
  readonly fix: string;
}

/** A finding that needs nobody. */
export const fine = (what: string, found: string): Finding => ({ what, ok: true, found, fix: '' });
