import type { Pipeline } from '../definition/pipeline';
import { readsOf } from '../definition/reads';
import type { Table } from '../definition/table';
import { DefinitionInvalid } from '../run/errors';

/** Every table that a pipeline's selects and checks read, its own among them. */
function tablesRead(pipeline: Pipeline): Set<Table> {
  const tables: Table[] = [pipeline.cleaned, ...pipeline.curated];
  return new Set([
    ...pipeline.curated.flatMap(readsOf),
    ...tables.flatMap((table) => table.checks.flatMap((check) => check.reads) as Table[]),
  ]);
}

/** The other pipelines whose tables `pipeline` reads, in selects or checks: its dependencies. */
function upstreamOf(register: readonly Pipeline[], pipeline: Pipeline): Pipeline[] {
  const reads = tablesRead(pipeline);
  return register.filter(
    (other) => other !== pipeline && [other.cleaned, ...other.curated].some((table) => reads.has(table)),
  );
}

/**
 * `register` with every pipeline after those whose tables it reads.
 * @throws DefinitionInvalid where pipelines read each other in a circle: no order would bring them up to date.
 */
export function dependencyOrder(register: readonly Pipeline[]): Pipeline[] {
  const ordered: Pipeline[] = [];
  const visit = (pipeline: Pipeline, path: readonly Pipeline[]): void => {
    if (ordered.includes(pipeline)) return;
    if (path.includes(pipeline)) {
      const circle = [...path.slice(path.indexOf(pipeline)), pipeline].map(({ name }) => name);
      throw new DefinitionInvalid(`pipelines read each other in a circle: ${circle.join(' -> ')}`, {
        next: 'let one of them read a table from further up',
        stillTrue: 'nothing was started',
      });
    }
    for (const other of upstreamOf(register, pipeline)) visit(other, [...path, pipeline]);
    ordered.push(pipeline);
  };
  for (const pipeline of register) visit(pipeline, []);
  return ordered;
}

/** Names of the other pipelines whose tables `pipeline` reads, in selects or checks: its dependencies. */
export const foreignPipelines = (register: readonly Pipeline[], pipeline: Pipeline): string[] =>
  upstreamOf(register, pipeline).map(({ name }) => name);

/** On which sides of a pipeline others are taken along. */
export type Side = 'upstream' | 'downstream';

/** The pipelines that `pipeline` reads, through others too, or that read it; not itself, each after those that it reads. */
export function allOn(side: Side, register: readonly Pipeline[], pipeline: Pipeline): Pipeline[] {
  const found = new Set<Pipeline>();
  const visit = (one: Pipeline): void => {
    const next =
      side === 'upstream'
        ? upstreamOf(register, one)
        : register.filter((other) => upstreamOf(register, other).includes(one));
    for (const other of next)
      if (!found.has(other)) {
        found.add(other);
        visit(other);
      }
  };
  visit(pipeline);
  return dependencyOrder(register).filter((one) => found.has(one));
}
