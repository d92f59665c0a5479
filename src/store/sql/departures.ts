import type { Kysely } from 'kysely';
import type { ServerStore } from '../store.ts';
import type { Schema } from './schema.ts';

/** Which servers the bot is no longer in. */
export function departures(db: Kysely<Schema>): Pick<ServerStore, 'setLeft' | 'setPresent' | 'leftBefore'> {
  return {
    setLeft: ({ platform, server }, at) => leave(db, platform, [server], at),
    async setPresent(platform, servers, now, among) {
      const whole = db.transaction().setIsolationLevel('repeatable read');
      await whole.execute(async (transaction) => {
        const present = new Set(servers);
        const gone = (await known(transaction, platform)).filter(
          (server) => among(server) && !present.has(server),
        );
        await leave(transaction, platform, gone, now);
        const left = await transaction
          .selectFrom('departures')
          .select('server_id')
          .where('platform', '=', platform)
          .execute();
        for (const { server_id } of left.filter((row) => present.has(row.server_id))) {
          await transaction
            .deleteFrom('departures')
            .where('platform', '=', platform)
            .where('server_id', '=', server_id)
            .execute();
        }
      });
    },
    async leftBefore(time) {
      const rows = await db.selectFrom('departures').selectAll().where('left_at', '<', time).execute();
      return rows.map((row) => ({ platform: row.platform, server: row.server_id }));
    },
  };
}

/** Servers that something is kept of; those of direct messages begin with an @. */
async function known(db: Kysely<Schema>, platform: string): Promise<string[]> {
  const of = (table: 'jobs' | 'limits' | 'styles' | 'audit' | 'kept_pictures') =>
    db
      .selectFrom(table)
      .select('server_id')
      .where('platform', '=', platform)
      .where('server_id', 'not like', '@%');
  const rows = await of('jobs')
    .union(of('limits'))
    .union(of('styles'))
    .union(of('audit'))
    .union(of('kept_pictures'))
    .execute();
  return rows.map((row) => row.server_id);
}

async function leave(
  db: Kysely<Schema>,
  platform: string,
  servers: readonly string[],
  at: number,
): Promise<void> {
  for (const server of servers) {
    await db
      .insertInto('departures')
      .values({ platform, server_id: server, left_at: at })
      .onConflict((conflict) => conflict.columns(['platform', 'server_id']).doNothing())
      .execute();
  }
}
