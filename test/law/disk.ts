import type { Listed, Offer } from '../../model/definition/source';
import { SourceMissing } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import { split } from '../../model/time/window';
import { LARGE_BYTES } from '../../store/inflow/land';

/** Folders of one CSV a day, in memory; what was there once and is gone is still named, as by a path with `{date}`. */
export class Disk {
  private readonly files = new Map<string, { bytes: Buffer; version: string; bytesHint: number } | 'gone'>();
  private writes = 0;

  write(origin: string, text: string): void {
    const [bytes, version] = [Buffer.from(text), `v${++this.writes}`];
    // Every other one says that it is large, and gets partitions of its own.
    const bytesHint = this.writes % 2 === 0 ? LARGE_BYTES : bytes.length;
    this.files.set(origin, { bytes, version, bytesHint });
  }

  /** Takes a file away: `known` where it was landed, so that the source still names it. */
  remove(origin: string, known: boolean): void {
    if (known) this.files.set(origin, 'gone');
    else this.files.delete(origin);
  }

  /** The same files under another folder, those that were there. */
  rename(from: string, to: string): void {
    for (const [origin, file] of [...this.files]) {
      if (!origin.startsWith(`${from}/`)) continue;
      this.files.delete(origin);
      if (file !== 'gone') this.files.set(`${to}/${origin.slice(from.length + 1)}`, file);
    }
  }

  has(origin: string): boolean {
    return this.bytesOf(origin) !== undefined;
  }

  /** The source that names `folder/{date}.csv`; `whole`: every file for every window, whatever the history is. */
  folder(folder: string, whole = false): Listed {
    const path = `${folder}/{date}.csv`;
    const names = (origin: string): boolean => origin.startsWith(`${folder}/`);
    const one = (origin: string): Promise<Offer | null> =>
      names(origin) ? Promise.resolve().then(() => this.offer(origin)) : Promise.resolve(null);
    const named = (range: Window): string[] =>
      whole
        ? [...this.files.keys()]
        : split('1d', range)
            .map(({ start }) => path.replace('{date}', start.slice(0, 10)))
            .filter((origin) => this.files.has(origin));
    return {
      ...{ kind: 'disk', format: 'csv', describe: path, shared: false, path, names, named, one },
      list: (range) => Promise.resolve().then(() => named(range).map((origin) => this.offer(origin))),
      read: (offer) => this.read(offer),
    };
  }

  private offer(origin: string): Offer {
    const file = this.files.get(origin);
    if (file === undefined || file === 'gone') throw new SourceMissing(`${origin} is not there`);
    return { origin, version: file.version, bytesHint: file.bytesHint };
  }

  private async *read(offer: Offer): AsyncGenerator<Buffer> {
    yield await Promise.resolve(this.bytesOf(offer.origin)!);
  }

  private bytesOf(origin: string): Buffer | undefined {
    const file = this.files.get(origin);
    return file === 'gone' ? undefined : file?.bytes;
  }
}
