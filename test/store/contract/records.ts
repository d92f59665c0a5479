import { createHash } from 'node:crypto';
import type { Job, JobPatch, NewJob } from '../../../src/core/job.ts';
import type { Painted } from '../../../src/core/task.ts';
import type { AuditEntry, SavedStyle, Store } from '../../../src/store/store.ts';

/** The name that a picture of this content would have. */
export const hashOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

export const server = { platform: 'discord', server: 'guild' };
export const ada = { platform: 'discord', user: 'ada' };
export const bob = { platform: 'discord', user: 'bob' };

/** A time after 2038 and far beyond 32 bits, in milliseconds since 1970. */
export const NOON = 2_500_000_000_000;

export const newJob = (id: string, more: Partial<NewJob> = {}): NewJob => ({
  ...server,
  ...ada,
  id,
  kind: 'painting',
  parentId: null,
  change: null,
  channel: 'canvas',
  thread: null,
  userName: 'Ada',
  options: { method: 'mix' },
  content: hashOf('photograph'),
  styles: [{ hash: hashOf('painting'), name: 'waves' }],
  mask: null,
  init: null,
  lane: 'normal',
  maxConcurrent: 1,
  estimateMs: 60_000,
  notices: [],
  createdAt: NOON,
  ...more,
});

/** A new job as it is read back. */
export const waiting = (job: NewJob): Job => ({
  ...job,
  state: 'waiting',
  startedAt: null,
  finishedAt: null,
  painterMs: 0,
  result: null,
  failure: null,
  statusMessage: null,
  deliveredAt: null,
  deletedAt: null,
});

export const painted = (more: Partial<Painted> = {}): Painted => ({
  picture: hashOf('result'),
  width: 640,
  height: 480,
  size: 640,
  iterations: 180,
  painterMs: 61_234.5,
  work: { megapixelEvaluations: 55.3, ms: 61_000.25 },
  warnings: ['The photograph was enlarged.'],
  ...more,
});

/** What ends a job well and tells its requester. */
export const delivered = (more: JobPatch = {}): JobPatch => ({
  state: 'done',
  finishedAt: NOON,
  deliveredAt: NOON,
  ...more,
});

export const ids = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);

/** Inserts jobs one after another. */
export async function insertAll(store: Store, jobs: readonly NewJob[]): Promise<void> {
  for (const job of jobs) await store.jobs.insert(job);
}

export const style = (name: string, more: Partial<SavedStyle> = {}): SavedStyle => ({
  ...server,
  name,
  hash: hashOf(name),
  user: 'ada',
  createdAt: NOON,
  ...more,
});

export const entry = (action: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...server,
  ...ada,
  at: NOON,
  action,
  before: null,
  after: '7',
  ...more,
});
