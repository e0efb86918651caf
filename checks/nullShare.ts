import type { GateCheck } from '../model/definition/check';
import type { Share } from '../model/definition/deadLetters';
import { anyNull, withNull } from '../model/definition/questions';
import { checkTolerance, gateCheck } from './gateCheck';

/** At most `max` of the window's rows have no value in `column`. */
export function nullShare<const K extends string>(
  column: K,
  { max }: { readonly max: Share },
): GateCheck<Record<K, unknown>> {
  const label = `null_share(${column}, max ${max})`;
  checkTolerance(label, max);
  return gateCheck({
    name: 'null_share',
    label,
    failing: ({ target }) => withNull(target, [column]),
    breaks: anyNull([column]),
    tolerates: max,
  });
}
