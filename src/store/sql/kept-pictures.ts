import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { KeptPictureStore, PictureOwner, Share } from '../store.ts';
import { usedBy } from './references.ts';
import type { Schema } from './schema.ts';

/** Names in one statement: databases limit how many parameters it has. */
const NAMES = 500;

export function keptPictureStore(db: Kysely<Schema>): KeptPictureStore {
  return {
    async add({ platform, server, user, hash, bytes }, at, usedAt = at) {
      const times = { kept_at: at, used_at: usedAt };
      await db
        .insertInto('kept_pictures')
        .values({ platform, server_id: server, user_id: user, hash, bytes, ...times })
        .onConflict((conflict) =>
          conflict.columns(['platform', 'user_id', 'server_id', 'hash']).doUpdateSet(times),
        )
        .execute();
    },
    has: (owner, hash) => exists(db, (row) => row.and([ownedBy(row, owner), row('hash', '=', hash)])),
    hasOthers: (share, hash) =>
      exists(db, (row) => row.and([row.not(ownedBy(row, share)), row('hash', '=', hash)])),
    usedSince: (hash, time) =>
      exists(db, (row) => row.and([row('hash', '=', hash), row('used_at', '>=', time)])),
    async bytes(share, but) {
      // A person has a picture once, however many servers it was sent to.
      const each = db
        .selectFrom('kept_pictures')
        .select(({ fn }) => fn.max('bytes').as('bytes'))
        .where((row) => ownedBy(row, share))
        .where('hash', '!=', but)
        .groupBy('hash');
      const row = await db
        .selectFrom(each.as('each'))
        .select(({ fn }) => fn.sum('bytes').as('bytes'))
        .executeTakeFirst();
      return Number(row?.bytes ?? 0);
    },
    async addedSince(time) {
      const row = await db
        .selectFrom('kept_pictures')
        .select(({ fn }) => fn.sum('bytes').as('bytes'))
        .where('kept_at', '>=', time)
        .executeTakeFirst();
      return Number(row?.bytes ?? 0);
    },
    async leastUsed(share, before, limit) {
      const rows = await db
        .selectFrom('kept_pictures')
        .select(['hash', ({ fn }) => fn.max('bytes').as('bytes')])
        .where((row) => ownedBy(row, share))
        .where((row) => row.not(usedBy(row.ref('kept_pictures.hash'))))
        .groupBy('hash')
        .having(({ fn }) => fn.max('used_at'), '<', before)
        .orderBy(({ fn }) => fn.max('used_at'))
        .orderBy('hash')
        .limit(limit)
        .execute();
      return rows.map(({ hash, bytes }) => ({ hash, bytes: Number(bytes) }));
    },
    async forget(hashes, of) {
      for (let start = 0; start < hashes.length; start += NAMES) {
        await db
          .deleteFrom('kept_pictures')
          .where('hash', 'in', hashes.slice(start, start + NAMES))
          .$if(of !== undefined, (query) => query.where((row) => ownedBy(row, of as Share)))
          .execute();
      }
    },
    async forgetUnused(before) {
      await db.deleteFrom('kept_pictures').where('used_at', '<', before).execute();
    },
  };
}

/** Notes that pictures are used, for everybody who had them kept. */
export async function markKeptUsed(db: Kysely<Schema>, hashes: readonly string[], at: number): Promise<void> {
  await db
    .updateTable('kept_pictures')
    .set({ used_at: at })
    .where('hash', 'in', hashes)
    .where('used_at', '<', at)
    .execute();
}

/** Whether a picture was kept for a person, for a server, or for a person on a server. */
function ownedBy(row: ExpressionBuilder<Schema, 'kept_pictures'>, of: Share | PictureOwner) {
  return row.and([
    row('platform', '=', of.platform),
    ...('server' in of ? [row('server_id', '=', of.server)] : []),
    ...('user' in of ? [row('user_id', '=', of.user)] : []),
  ]);
}

async function exists(
  db: Kysely<Schema>,
  where: (row: ExpressionBuilder<Schema, 'kept_pictures'>) => Expression<SqlBool>,
): Promise<boolean> {
  const row = await db
    .selectFrom('kept_pictures')
    .select(sql<number>`1`.as('one'))
    .where(where)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
