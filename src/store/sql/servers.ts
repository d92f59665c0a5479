import { type Kysely, sql } from 'kysely';
import type { AuditEntry, ServerStore } from '../store.ts';
import { departures } from './departures.ts';
import type { Schema } from './schema.ts';

export function serverStore(db: Kysely<Schema>): ServerStore {
  return {
    async limits({ platform, server }) {
      const row = await db
        .selectFrom('limits')
        .select('limits')
        .where('platform', '=', platform)
        .where('server_id', '=', server)
        .executeTakeFirst();
      return row ? JSON.parse(row.limits) : {};
    },
    async setLimits(limits, entry) {
      const json = JSON.stringify(limits);
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('limits')
          .values({ platform: entry.platform, server_id: entry.server, limits: json })
          .onConflict((conflict) => conflict.columns(['platform', 'server_id']).doUpdateSet({ limits: json }))
          .execute();
        await addAudit(transaction, entry);
      });
    },
    async audit({ platform, server }, limit) {
      const rows = await db
        .selectFrom('audit')
        .selectAll()
        .where('platform', '=', platform)
        .where('server_id', '=', server)
        .orderBy('sequence', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        platform: row.platform,
        server: row.server_id,
        user: row.user_id,
        at: Number(row.at),
        action: row.action,
        before: row.before,
        after: row.after,
      }));
    },
    async removeAudit(before, limit) {
      const { numDeletedRows } = await db
        .deleteFrom('audit')
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple('platform', 'server_id', 'sequence'),
            'in',
            selectFrom('audit')
              .select(['platform', 'server_id', 'sequence'])
              .where('at', '<', before)
              .limit(limit)
              .$asTuple('platform', 'server_id', 'sequence'),
          ),
        )
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
    ...departures(db),
  };
}

async function addAudit(db: Kysely<Schema>, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit')
    .values((row) => ({
      platform: entry.platform,
      server_id: entry.server,
      user_id: entry.user,
      at: entry.at,
      sequence: row
        .selectFrom('audit')
        .select(sql<number>`coalesce(max(sequence), 0) + 1`.as('next'))
        .where('platform', '=', entry.platform)
        .where('server_id', '=', entry.server),
      action: entry.action,
      before: entry.before,
      after: entry.after,
    }))
    .execute();
}
