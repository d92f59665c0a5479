import type { Kysely, Selectable } from 'kysely';
import { ImpastoError } from '../../nst/errors.ts';
import type { SavedStyle, StyleStore } from '../store.ts';
import type { Schema, StyleTable } from './schema.ts';

export function styleStore(db: Kysely<Schema>): StyleStore {
  return {
    async list({ platform, server }) {
      const rows = await db
        .selectFrom('styles')
        .selectAll()
        .where('platform', '=', platform)
        .where('server_id', '=', server)
        .execute();
      // Sorted here, because databases disagree on the order of text.
      return rows.map(styleOf).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async get({ platform, server }, name) {
      const row = await db
        .selectFrom('styles')
        .selectAll()
        .where('platform', '=', platform)
        .where('server_id', '=', server)
        .where('name', '=', name)
        .executeTakeFirst();
      return row && styleOf(row);
    },
    async save({ platform, server, name, hash, user, createdAt }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('styles')
        .values({ platform, server_id: server, name, hash, user_id: user, created_at: createdAt })
        .onConflict((conflict) => conflict.columns(['platform', 'server_id', 'name']).doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows !== 0n) return;
      throw new ImpastoError('already-exists', `There is a style “${name}” already.`, {
        advice: 'Choose another name, or remove that one first.',
      });
    },
    async remove({ platform, server }, name) {
      const { numDeletedRows } = await db
        .deleteFrom('styles')
        .where('platform', '=', platform)
        .where('server_id', '=', server)
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function styleOf(row: Selectable<StyleTable>): SavedStyle {
  return {
    platform: row.platform,
    server: row.server_id,
    name: row.name,
    hash: row.hash,
    user: row.user_id,
    createdAt: Number(row.created_at),
  };
}
