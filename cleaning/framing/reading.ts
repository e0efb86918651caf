import type { Dialect } from '../../model/definition/reading/dialect';
import { framingDialect } from '../../model/definition/reading/dialect';
import type { Format } from '../../model/definition/source';
import type { CsvForm } from './csvForm';
import { csvForm } from './csvForm';
import type { Framing } from './framing';
import { framingOf } from './framing';
import { headerNames } from './header';

/** What a landed delivery is read with. */
export interface Reading {
  readonly format: Format;
  /** As its raw was cut. */
  readonly framing: Framing;
  /** As its definition says now. */
  readonly form: CsvForm;
  readonly fields: readonly string[];
}

/** How to read a delivery by `dialect`: names come from its preamble again, so that a name or delimiter that was mended needs no file. @throws ContractBroken where they cannot be read */
export function readingOf(
  { format, preamble, framing }: { readonly format: Format; readonly preamble: Buffer; readonly framing: string },
  dialect: Dialect | undefined,
): Reading {
  const form = csvForm(dialect, preamble);
  return {
    ...{ format, form },
    framing: framingOf(format, preamble, {}, csvForm(framingDialect(framing), preamble)),
    fields: format === 'csv' ? headerNames(form, preamble) : [],
  };
}
