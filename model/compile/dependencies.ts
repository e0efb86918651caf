import type { Pipeline } from '../definition/pipeline';
import { readsOf } from '../definition/reads';

/** `register` with every pipeline after those whose tables it reads. */
export function dependencyOrder(register: readonly Pipeline[]): Pipeline[] {
  const ordered: Pipeline[] = [];
  const visit = (pipeline: Pipeline, path: readonly Pipeline[]): void => {
    if (ordered.includes(pipeline) || path.includes(pipeline)) return;
    const reads = new Set(pipeline.curated.flatMap(readsOf));
    for (const other of register) {
      if (other !== pipeline && [other.cleaned, ...other.curated].some((table) => reads.has(table)))
        visit(other, [...path, pipeline]);
    }
    ordered.push(pipeline);
  };
  for (const pipeline of register) visit(pipeline, []);
  return ordered;
}

/** Names of the other pipelines whose tables `pipeline` reads, in selects or checks: its dependencies. */
export function foreignPipelines(register: readonly Pipeline[], pipeline: Pipeline): string[] {
  const reads = new Set(
    pipeline.curated.flatMap((table) => [...readsOf(table), ...table.checks.flatMap((check) => check.reads)]),
  );
  return register
    .filter((other) => other !== pipeline && [other.cleaned, ...other.curated].some((table) => reads.has(table)))
    .map((other) => other.name);
}
