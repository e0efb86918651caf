import { ensureLayerTables } from '../store/layerTables';
import { migrate } from '../store/migrate';
import { pipelines } from '../pipelines';
import { withLedger } from './ledger';
import { print } from './output/print';
import type { Verb } from './weir';

/** `weir migrate`: brings the ledger's schema and the layer tables to this code's version. */
export const migrateSchema: Verb = (_, options) =>
  withLedger(
    async (database) => {
      const ran = await migrate(database);
      await ensureLayerTables(database, pipelines);
      print(options, { ran }, () => [ran.length > 0 ? `migrated: ${ran.join(', ')}` : 'the schema is up to date']);
    },
    { migrated: false },
  );
