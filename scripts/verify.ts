import { historyOf } from '../model/pipeline';
import { instant } from '../model/time';
import { rangeName } from '../model/window';
import { accountFor } from '../store/accounting';
import { verifyRange } from '../store/verify';
import { withLedger } from './ledger';
import { pipelineNamed, rangeOf } from './names';
import { EXIT } from './output/errors';
import { print } from './output/print';
import { count, duration } from './output/table';
import type { Verb } from './weir';

/** `weir verify P [RANGE]`: recomputes from raw by the plain reference path and compares digests; exit 1 when something differs. */
export const verify: Verb = ([name, rangeText], options) => {
  const pipeline = pipelineNamed(name!);
  const range = rangeText ? rangeOf(pipeline, rangeText) : historyOf(pipeline, instant(Date.now()));
  return withLedger(async (database) => {
    const began = Date.now();
    const line = (what: string): void =>
      void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${pipeline.name}: ${what}`));
    const compared = await verifyRange(database, pipeline, range, line);
    line('');
    if (process.stderr.isTTY) process.stderr.write('\r');
    const records = await accountFor(database, pipeline);
    const wrong = compared.filter((one) => !one.equal);
    const holds = wrong.length === 0 && records.balanced;
    const accounting = `${count(records.records)} records in = ${count(records.live)} live + ${count(records.beaten)} beaten + ${count(records.deadLetters)} dead letters`;
    print(
      options,
      { pipeline: pipeline.name, range: rangeName(range), holds, compared: compared.length, records, wrong },
      () => [
        holds
          ? `${pipeline.name} ${rangeName(range)}: verified, ${count(compared.length)} digests equal, recomputed from raw in ${duration(Date.now() - began)}`
          : `${pipeline.name} ${rangeName(range)}: ${count(wrong.length)} of ${count(compared.length)} digests differ`,
        accounting + (records.balanced ? '' : '   NOT BALANCED'),
        ...wrong
          .slice(0, 10)
          .flatMap((one) => [
            '',
            `${one.table} ${one.window}`,
            `  stored     ${one.stored}`,
            `  recomputed ${one.recomputed}`,
            ...one.differing.map((row) => `  ${row}`),
          ]),
        ...(wrong.length > 0
          ? [
              '',
              `A window that was never run, or is stale, differs too: weir windows ${pipeline.name} --stale`,
              `Again:  weir rerun ${pipeline.name} ${rangeName(range)}`,
            ]
          : []),
      ],
    );
    return holds ? EXIT.done : EXIT.failed;
  });
};
