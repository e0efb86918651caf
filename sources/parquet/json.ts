import type { SchemaTree } from './library';
import { type ByteText, type Scalar, scalarOf, toByteText } from './scalar';

/** Writes one value of a column as JSON text. */
export type ToJson = (value: unknown) => ByteText;

/**
 * How values of `node` (list, struct, map or leaf) become JSON: every field named, null where absent, maps as objects
 * in the file's order, numbers to the digit. Moments, binary and the like are strings, as CSV would write them.
 */
export function toJson(node: SchemaTree): ToJson {
  const one = orNull(ofOne(node));
  return node.element.repetition_type === 'REPEATED' ? orNull(listOf(one)) : one;
}

const orNull =
  (write: ToJson): ToJson =>
  (value) =>
    value === null || value === undefined ? 'null' : write(value);

const listOf =
  (write: ToJson): ToJson =>
  (value) =>
    `[${(value as unknown[]).map(write).join(',')}]`;

function ofOne(node: SchemaTree): ToJson {
  if (node.children.length === 0) return ofLeaf(scalarOf(node.element));
  const [only, ...others] = node.children;
  if (isList(node)) {
    // Three levels (list, repeated group, element), or the older two, where the repeated field is the element.
    const element = only!.children.length === 1 ? only!.children[0]! : only!;
    return listOf(element === only ? orNull(ofOne(element)) : toJson(element));
  }
  if (isMap(node) && others.length === 0 && only!.children.length === 2) return ofMap(only!);
  const fields = node.children.map((child) => ({
    name: child.element.name,
    label: JSON.stringify(toByteText(child.element.name)),
    write: toJson(child),
  }));
  return (value) =>
    `{${fields.map(({ name, label, write }) => `${label}:${write((value as Record<string, unknown>)[name])}`).join(',')}}`;
}

/** A map arrives as the struct that Parquet stores: `{ key_value: [{ key, value }] }`. */
function ofMap(entries: SchemaTree): ToJson {
  const [key, held] = entries.children as [SchemaTree, SchemaTree];
  const writeKey = toJson(key);
  const writeHeld = toJson(held);
  const label = (value: unknown): ByteText => {
    const text = writeKey(value);
    return text.startsWith('"') ? text : JSON.stringify(text);
  };
  return (value) => {
    const pairs = ((value as Record<string, unknown>)[entries.element.name] ?? []) as Record<string, unknown>[];
    return `{${pairs.map((pair) => `${label(pair[key.element.name])}:${writeHeld(pair[held.element.name])}`).join(',')}}`;
  };
}

function ofLeaf({ text, json }: Scalar): ToJson {
  // JSON.stringify escapes ASCII only, so the bytes of UTF-8 pass as they are.
  if (json === 'quoted') return (value) => JSON.stringify(text(value));
  if (json === 'bare') return text;
  return (value) => (Number.isFinite(value) ? text(value) : JSON.stringify(text(value)));
}

/** Read as a list by the library. */
export function isList({ element, children }: SchemaTree): boolean {
  const only = children[0];
  return (
    (element.converted_type === 'LIST' || element.logical_type?.type === 'LIST') &&
    children.length === 1 &&
    only!.children.length <= 1 &&
    only!.element.repetition_type === 'REPEATED'
  );
}

const isMap = ({ element }: SchemaTree): boolean =>
  element.converted_type === 'MAP' ||
  element.converted_type === 'MAP_KEY_VALUE' ||
  element.logical_type?.type === 'MAP';
