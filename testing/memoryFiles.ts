import type { Format, Listed, Offer } from '../model/definition/source';

/** Files that a test writes into memory: the source contract without a disk, its bytes on the page. */
export class MemoryFiles implements Listed {
  readonly kind = 'memory';
  readonly describe = 'files in memory';
  private readonly files = new Map<string, { bytes: Buffer; version: number }>();

  constructor(
    readonly format: Format = 'csv',
    readonly shared = true,
  ) {}

  /** Writes or replaces a file; a new version each time. */
  write(origin: string, text: string | Buffer): void {
    this.files.set(origin, { bytes: Buffer.from(text), version: (this.files.get(origin)?.version ?? 0) + 1 });
  }

  list(): Promise<Offer[]> {
    return Promise.resolve([...this.files.keys()].map((origin) => this.offer(origin)!));
  }

  one(origin: string): Promise<Offer | null> {
    return Promise.resolve(this.offer(origin));
  }

  async *read(offer: Offer): AsyncGenerator<Buffer> {
    const { bytes } = this.files.get(offer.origin)!;
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }

  private offer(origin: string): Offer | null {
    const file = this.files.get(origin);
    return file ? { origin, version: `v${file.version}`, bytesHint: file.bytes.length } : null;
  }
}
