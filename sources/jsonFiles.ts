import type { Listed, Offer } from '../model/definition/source';
import { DefinitionInvalid } from '../model/run/errors';
import { boundsOf } from './compression/decompress';
import { readText } from './files';
import { elementsOf } from './json/elements';
import type { FileOptions } from './paths/fileOptions';
import { OPTIONS, described } from './paths/fileOptions';
import { filePaths } from './paths/filePaths';

interface JsonFiles extends FileOptions {
  /** The member of the outermost object that holds the list of records (`features` of GeoJSON); without it the document is the list. */
  readonly records?: string;
}

/**
 * JSON files, one document each, whose records are the elements of a list. They land as NDJSON, a line an element: its bytes as they are, a line
 * break between tokens as a space. Another `records` reads the files again.
 */
export function jsonFiles(options: JsonFiles): Listed {
  const paths = filePaths('jsonFiles', options, 1, [...OPTIONS, 'records']);
  const bounds = boundsOf(options);
  const { records } = options;
  if (records !== undefined && (typeof records !== 'string' || records === ''))
    throw new DefinitionInvalid(`jsonFiles: records is ${JSON.stringify(records)}`, {
      next: "the name of the member that holds the list: records: 'features'; leave it out where the file is the list",
    });
  const suffix = ` records ${JSON.stringify(records ?? null)}`;
  const asRead = (offer: Offer): Offer => ({ ...offer, version: offer.version + suffix });
  return {
    kind: 'jsonFiles',
    format: 'ndjson',
    describe: `json files ${described(options)}`,
    ...paths,
    async survey(range, zone) {
      const found = await paths.survey(range, zone);
      return { ...found, offers: found.offers.map(asRead) };
    },
    list: async (range, zone) => (await paths.list(range, zone)).map(asRead),
    async one(origin) {
      const offer = await paths.one(origin);
      return offer && asRead(offer);
    },
    sample: async (path) => asRead(await paths.sample(path)),
    read: (offer) =>
      elementsOf(
        offer.origin,
        readText({ ...offer, version: offer.version.slice(0, -suffix.length) }, bounds),
        records,
      ),
  };
}
