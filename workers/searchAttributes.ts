import type { NativeConnection } from '@temporalio/worker';
import { DefinitionInvalid } from '../model/run/errors';
import { SEARCH_ATTRIBUTES } from '../model/run/temporalNames';

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
  const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => !(name in known));
  if (missing.length === 0) return;
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes: indexedTypes(missing) });
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

type SearchAttribute = (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES];

/** Names and types as the operator service takes them. */
export const indexedTypes = (attributes: readonly SearchAttribute[]): Record<string, number> =>
  Object.fromEntries(attributes.map(({ name, type }) => [name, INDEXED_VALUE[type]]));
