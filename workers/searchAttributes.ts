import type { NativeConnection } from '@temporalio/worker';
import { DefinitionInvalid } from '../model/errors';
import { ATTRIBUTES } from '../workflows/attributes';

/** Temporal's numbers for the types that we use (temporal.api.enums.v1.IndexedValueType). */
const INDEXED_VALUE = { KEYWORD: 2, DATETIME: 6 } as const;

/**
 * Makes `namespace` know our search attributes, which a run's last step writes: where one is missing, that step would be tried
 * again for ever. Asks first, since adding what is there is refused.
 * @throws DefinitionInvalid where we may not add them, with the command for somebody who may.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const { operatorService } = connection;
  const known = (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  const missing = Object.values(ATTRIBUTES).filter(({ name }) => !(name in known));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(
    missing.map(({ name, type }) => [name, INDEXED_VALUE[type as keyof typeof INDEXED_VALUE]]),
  );
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (cause) {
    const names = missing.map(
      ({ name, type }) => `--name ${name} --type ${type === 'DATETIME' ? 'Datetime' : 'Keyword'}`,
    );
    throw new DefinitionInvalid(
      `Temporal's namespace ${namespace} lacks search attributes, and they could not be added`,
      {
        next: `temporal operator search-attribute create --namespace ${namespace} ${names.join(' ')}`,
        stillTrue: 'nothing was started',
        cause,
      },
    );
  }
}
