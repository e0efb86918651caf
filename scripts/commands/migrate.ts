import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { withLedger } from '../session/ledger';
import { print } from '../terminal/print';
import type { Verb } from '../verb';

/** `weir migrate`: brings the ledger's schema and the layer tables to this code's version. */
export const migrateSchema: Verb = (_, options, project) =>
  withLedger(
    async (database) => {
      const ran = await migrate(database);
      await ensureLayerTables(database, project.pipelines);
      print(options, { ran }, () => [ran.length > 0 ? `migrated: ${ran.join(', ')}` : 'the schema is up to date']);
    },
    { migrated: false },
  );
