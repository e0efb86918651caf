import { pipelineLines } from '../../scripts/commands/plan';
import type { PipelinePlan } from '../../store/reports/owed';
import { sensors } from '../setup/sensors';

const { pipeline } = sensors();
const nothing: PipelinePlan = {
  pipeline: 'sensors',
  windows: { missing: [], lost: [], failed: [], held: [], touched: [], code: [], target: [], checks: [] },
  ...{ range: null, changes: [], notes: [], clean: { segments: 0, records: 0, bytes: 0 } },
  ...{
    targets: [],
    formerTargets: [],
    foreign: [],
    calendar: { staged: [], replacing: 0 },
    outside: { rows: 0, of: 0 },
    reshapes: [],
    downstream: [],
    cost: null,
    moved: null,
  },
};
const notes = [{ table: 'readings', what: ['column price: same name euros@2, other text'] }];

describe('a plan says to people', () => {
  test('of windows under other checks which checks they are, and the cost', () => {
    const checks = ['2024-05-01', '2024-05-02', '2024-05-03'];
    const plan = {
      ...{
        ...nothing,
        windows: { ...nothing.windows, checks },
        cost: { ms: 1500, fromMs: 1200, toMs: 3000, rows: 12 },
      },
      range: { start: '2024-05-01T00:00:00Z', end: '2024-05-04T00:00:00Z' } as PipelinePlan['range'],
      changes: [{ table: 'daily', what: ['check between(readings, 1, 2) is new'] }],
    };
    expect(pipelineLines(plan, pipeline)).toEqual([
      'sensors: 3 windows to run',
      '  3 published under other checks: 2024-05-01..2024-05-04',
      '  daily: check between(readings, 1, 2) is new',
      '  cost: about 1.2 s to 3.0 s, 12 rows, by its last runs',
    ]);
  });

  test('of a target that lacks windows which it is, and of one that was dropped what becomes of it', () => {
    const target = ['2024-05-01', '2024-05-02'];
    const plan = {
      ...{ ...nothing, windows: { ...nothing.windows, target }, formerTargets: ['marts.old'] },
      range: { start: '2024-05-01T00:00:00Z', end: '2024-05-03T00:00:00Z' } as PipelinePlan['range'],
      targets: [{ relation: 'marts.copy', windows: target }],
    };
    expect(pipelineLines(plan, pipeline)).toEqual([
      'sensors: 2 windows to run',
      '  2 published, and not in every target: 2024-05-01..2024-05-03',
      '  2 not in marts.copy: 2024-05-01..2024-05-03',
      '  marts.old is published to by nothing any more: apply forgets it and leaves its rows as they are; keep it as it is, or: drop table marts.old',
      '  cost: not known, it never ran',
    ]);
  });

  test('a note, which owes nothing', () => {
    expect(pipelineLines({ ...nothing, notes }, pipeline)).toEqual([
      'sensors: nothing to do',
      '  note: readings: column price: same name euros@2, other text; if it reads otherwise now, give it another name',
    ]);
  });
});
