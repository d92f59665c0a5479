import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Job, JobPatch, JobState, NewJob } from '../../core/job.ts';
import type { MessageKey } from '../../core/keys.ts';
import type { JobTable } from './schema.ts';

export const ENDED = ['done', 'failed', 'cancelled'] as const satisfies JobState[];

/** A new job as a row, but for what the database itself knows: its parent's existence and its place in the order. */
export function rowOf(job: NewJob): Omit<Insertable<JobTable>, 'parent_id' | 'sequence'> {
  return {
    id: job.id,
    kind: job.kind,
    change: job.change,
    platform: job.platform,
    server_id: job.server,
    channel_id: job.channel,
    thread_id: job.thread,
    user_id: job.user,
    user_name: job.userName,
    options: JSON.stringify(job.options),
    content: job.content,
    styles: JSON.stringify(job.styles),
    mask: job.mask,
    init: job.init,
    lane: job.lane,
    max_concurrent: job.maxConcurrent,
    estimate_ms: job.estimateMs,
    notices: JSON.stringify(job.notices),
    state: 'waiting',
    created_at: job.createdAt,
    painter_ms: 0,
  };
}

/** A patch as columns; what the patch does not name is undefined. */
export function columnsOf(patch: JobPatch): Updateable<JobTable> {
  return {
    thread_id: patch.thread,
    state: patch.state,
    started_at: patch.startedAt,
    finished_at: patch.finishedAt,
    painter_ms: patch.painterMs,
    result: jsonOf(patch.result),
    failure: jsonOf(patch.failure),
    status_message: jsonOf(patch.statusMessage),
    delivered_at: patch.deliveredAt,
    deleted_at: patch.deletedAt,
    options: patch.options && JSON.stringify(patch.options),
  };
}

/** A row as a job. */
export function jobOf(row: Selectable<JobTable>): Job {
  return {
    id: row.id,
    kind: row.kind,
    parentId: row.parent_id,
    change: row.change,
    platform: row.platform,
    server: row.server_id,
    channel: row.channel_id,
    thread: row.thread_id,
    user: row.user_id,
    userName: row.user_name,
    options: optionsOf(row.options),
    content: row.content,
    styles: JSON.parse(row.styles),
    mask: row.mask,
    init: row.init,
    lane: row.lane,
    maxConcurrent: row.max_concurrent,
    estimateMs: row.estimate_ms,
    notices: JSON.parse(row.notices),
    state: row.state,
    createdAt: Number(row.created_at),
    startedAt: timeOf(row.started_at),
    finishedAt: timeOf(row.finished_at),
    painterMs: row.painter_ms,
    result: parsed(row.result),
    failure: parsed(row.failure),
    statusMessage: parsed<MessageKey>(row.status_message),
    deliveredAt: timeOf(row.delivered_at),
    deletedAt: timeOf(row.deleted_at),
  };
}

/** Options as they were kept; those from before there were several methods are for the one that there was. */
function optionsOf(json: string): Job['options'] {
  const options: Job['options'] = JSON.parse(json);
  return options.method === undefined ? { ...options, method: 'gatys' } : options;
}

/** A time as read from the database, in milliseconds since 1970. */
export function timeOf(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

function jsonOf(value: object | null | undefined): string | null | undefined {
  return value && JSON.stringify(value);
}

function parsed<Value>(json: string | null): Value | null {
  return json === null ? null : JSON.parse(json);
}
