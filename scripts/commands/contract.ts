import { posix } from 'node:path';
import type { Sample } from '../../cleaning/cleanSample';
import { cleanSample } from '../../cleaning/cleanSample';
import type { ColumnFacts } from '../../model/definition/column';
import { pathOf, pathText } from '../../model/definition/reading/fieldPath';
import { dialectFacts } from '../../model/definition/reading/dialect';
import { readingOf } from '../../model/definition/reading/columnWords';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Table } from '../../model/definition/table';
import { ContractBroken, Misused, OriginsMoved, SourceMissing, SourceUnreadable } from '../../model/run/errors';
import { pipelineNamed, tableOf } from '../session/project';
import { sampleGate } from '../session/sampleGate';
import { EXIT } from '../terminal/errors';
import { print } from '../terminal/print';
import type { TablePromise } from '../terminal/contract';
import { contractLines, sampleLines } from '../terminal/contract';
import type { Verb } from '../verb';

const SHOWN_BYTES = 200;
const NOTHING = 'nothing was landed, cleaned or published: this was a look at a sample';

/** `weir contract P`: what its source promises. With --check FILE: what would become of that file, by the code that cleans, without a database. */
export const contract: Verb<{ readonly check?: string; readonly table?: string }> = async (
  [name],
  options,
  project,
) => {
  const pipeline = pipelineNamed(project, name!);
  const table = options.table === undefined ? null : tableOf(pipeline, options.table);
  if (options.check === undefined) {
    const tables = (table ? [table] : [pipeline.cleaned, ...pipeline.curated]).map(promiseOf);
    const { describe: source, format } = pipeline.source;
    const dialect = dialectFacts(pipeline.source.dialect);
    const { newField, missingField } = pipeline.cleaned;
    const promise = {
      pipeline: pipeline.name,
      source,
      format,
      dialect,
      extraFields: newField === 'deadLetter' ? 'error' : newField,
      newField,
      missingField: missingField ?? null,
      tables,
    };
    return print(options, promise, () => contractLines(promise));
  }
  if (table && table !== pipeline.cleaned)
    throw new Misused(`${table.tableName} is computed; files are read into ${pipeline.cleaned.tableName}`, {
      next: `weir contract ${pipeline.name} --check ${options.check}`,
    });
  const sample = await sampleOf(pipeline, options.check);
  const gate = sampleGate(pipeline, sample);
  const { records, rows, deadLetters, reasons } = sample;
  const told = {
    ...{ pipeline: pipeline.name, table: pipeline.cleaned.tableName, file: options.check },
    ...{ format: pipeline.source.format, bytes: sample.bytes, records, rows, deadLetters, reasons },
    absent: sample.absent,
    first: sample.first.map(({ record, column, reason, value, bytes }) => ({
      ...{ record, column, reason, value },
      bytes: bytes.subarray(0, SHOWN_BYTES).toString('utf8').replaceAll('\0', '\u2400'),
    })),
    windows: [...sample.windows.keys()].filter((start) => start !== null).length,
    gate,
  };
  print(options, told, () => sampleLines(told, pipeline));
  return gate.closed ? EXIT.held : EXIT.done;
};

/** @throws Misused where there is nothing to clean: no such file, or one of another format. */
async function sampleOf(pipeline: Pipeline, path: string): Promise<Sample> {
  const { source } = pipeline;
  if (!source.sample)
    throw new Misused(`${pipeline.name} reads ${source.describe}, which is no file`, { stillTrue: NOTHING });
  try {
    return await cleanSample(pipeline, source.read(await source.sample(path)), posix.normalize(path));
  } catch (error) {
    const more = { stillTrue: NOTHING, cause: error };
    if (error instanceof OriginsMoved)
      throw new Misused(`${path} is at none of the paths of ${source.describe}, which some columns are read from`, {
        ...more,
        next: `put it where they say: weir contract ${pipeline.name} --check ${source.path ?? 'FILE'}`,
      });
    if (error instanceof SourceMissing)
      throw new Misused(error.message, { ...more, next: 'name a file; its path is relative to the working directory' });
    if (error instanceof SourceUnreadable)
      throw new Misused(`${error.message} (${pipeline.name} reads ${source.describe})`, { ...more, ...next(error) });
    if (error instanceof ContractBroken) throw new ContractBroken(error.message, { ...more, ...next(error) });
    throw error;
  }
}

const next = ({ next: then }: { readonly next?: string }): { next?: string } =>
  then === undefined ? {} : { next: then };

const fieldOf = (column: string, facts: ColumnFacts): string =>
  facts.rest
    ? 'every other field'
    : facts.path === undefined
      ? (facts.fields?.join(' + ') ?? pathText(pathOf(column, facts)))
      : `{${facts.path}} of the path`;

/** A table as its users may rely on it. */
const promiseOf = (table: Table): TablePromise => ({
  ...{ table: table.tableName, layer: table.layer, description: table.description ?? null },
  key: 'kind' in table.key ? (table.key.kind === 'columns' ? table.key.columns : table.key.kind) : table.key,
  eventTime: table.layer === 'cleaned' ? (table.eventTime ?? null) : null,
  columns: Object.entries(table.columns).map(([column, { facts }]) => ({
    ...{ column, type: facts.type, nullable: facts.nullable },
    ...{ from: table.layer === 'cleaned' ? fieldOf(column, facts) : null, parser: facts.parser ?? null },
    reads: readingOf(facts),
    ...{ unit: facts.unit ?? null, description: facts.description ?? null },
  })),
  checks: table.checks.map(({ label, severity }) => ({ check: label, severity })),
});
