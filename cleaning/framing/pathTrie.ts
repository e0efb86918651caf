import type { FieldPath } from '../../model/definition/reading/fieldPath';

/** One object that paths go into: the names they know in it, and what lies at each. */
export interface PlaceNode {
  readonly path: FieldPath;
  /** Each known name as it is mostly written: in quotes, a colon behind it. */
  readonly texts: Buffer[];
  readonly index: Map<string, number>;
  /** Behind each known name, and before the first: the one that came next the last time, which is tried first. */
  readonly after: number[];
  readonly places: Place[];
  /** True where a path reads the object, or one around it, as a whole: then nothing in it goes unread. */
  isWhole: boolean;
  /** Of the record at hand: the first name in it that no path knows. */
  extra: string | null;
}

/** What lies at one known name. */
export interface Place {
  /** Of the path that ends here; -1 where none does. */
  slot: number;
  inside: PlaceNode | null;
  readonly slotsInside: number[];
  readonly nodesInside: PlaceNode[];
  /** The last scan that met it. */
  scan: number;
}

/** The objects that `paths` go into, as a tree: the outermost comes first, then each before those inside it, in the order of `paths`. */
export function pathTrie(paths: readonly FieldPath[]): PlaceNode[] {
  const root = nodeAt([]);
  paths.forEach((path, slot) => {
    let node = root;
    path.forEach((name, depth) => {
      const place = placeIn(node, name);
      if (depth === path.length - 1) place.slot = slot;
      else {
        place.slotsInside.push(slot);
        node = place.inside ??= nodeAt(path.slice(0, depth + 1));
      }
    });
  });
  return finished(root, false);
}

const nodeAt = (path: FieldPath): PlaceNode => ({
  ...{ path, texts: [], index: new Map(), after: [0], places: [], isWhole: false, extra: null },
});

function placeIn(node: PlaceNode, name: string): Place {
  const known = node.index.get(name);
  if (known !== undefined) return node.places[known]!;
  const place: Place = { slot: -1, inside: null, slotsInside: [], nodesInside: [], scan: 0 };
  node.index.set(name, node.places.length);
  node.texts.push(Buffer.from(`${JSON.stringify(name)}:`));
  node.after.push(node.after.length);
  node.places.push(place);
  return place;
}

function finished(node: PlaceNode, isWhole: boolean): PlaceNode[] {
  node.isWhole = isWhole;
  // Behind the last name none is expected.
  node.after.pop();
  const inside = node.places.flatMap((place) => {
    if (place.inside === null) return [];
    const nodes = finished(place.inside, isWhole || place.slot !== -1);
    place.nodesInside.push(...nodes);
    return nodes;
  });
  return [node, ...inside];
}
