import type { Kysely } from 'kysely';
import type { MessageStore } from '../store.ts';
import { changeRow } from './jobs.ts';
import type { Schema } from './schema.ts';

export function messageStore(db: Kysely<Schema>): MessageStore {
  return {
    async link({ platform, channel, message }, jobId, role, patch) {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('messages')
          .columns(['platform', 'channel_id', 'message_id', 'job_id', 'role'])
          .expression((query) =>
            query
              .selectFrom('jobs')
              .select(({ val }) => [
                val(platform).as('platform'),
                val(channel).as('channel_id'),
                val(message).as('message_id'),
                'id',
                val(role).as('role'),
              ])
              .where('id', '=', jobId),
          )
          .onConflict((conflict) =>
            conflict.columns(['platform', 'channel_id', 'message_id']).doUpdateSet({ job_id: jobId, role }),
          )
          .execute();
        if (patch) await changeRow(transaction, jobId, undefined, patch);
      });
    },
    async find({ platform, channel, message }) {
      const row = await db
        .selectFrom('messages')
        .select(['job_id', 'role'])
        .where('platform', '=', platform)
        .where('channel_id', '=', channel)
        .where('message_id', '=', message)
        .executeTakeFirst();
      return row && { jobId: row.job_id, role: row.role };
    },
    async ofJob(jobId) {
      const rows = await db
        .selectFrom('messages')
        .select(['platform', 'channel_id', 'message_id', 'role'])
        .where('job_id', '=', jobId)
        .execute();
      return rows.map((row) => ({
        platform: row.platform,
        channel: row.channel_id,
        message: row.message_id,
        role: row.role,
      }));
    },
  };
}
