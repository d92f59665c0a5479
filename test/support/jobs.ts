import type { Job } from '../../src/core/job.ts';
import type { Painted } from '../../src/core/task.ts';

/** A finished result. */
export function aResult(changes: Partial<Painted> = {}): Painted {
  return {
    picture: 'a'.repeat(64),
    timelapse: 'b'.repeat(64),
    width: 512,
    height: 384,
    size: 512,
    iterations: 180,
    painterMs: 60_000,
    work: { megapixelEvaluations: 12, ms: 60_000 },
    warnings: [],
    ...changes,
  };
}

/** A painted and delivered job. */
export function aJob(changes: Partial<Omit<Job, 'result'>> & { result?: Partial<Painted> | null } = {}): Job {
  const { result, ...others } = changes;
  return {
    id: 'k3f9x2mq',
    kind: 'painting',
    parentId: null,
    change: null,
    platform: 'fake',
    server: 'museum',
    channel: 'studio',
    thread: null,
    user: 'ann',
    userName: 'Ann',
    options: { size: 512, iterations: 180 },
    content: 'c'.repeat(64),
    styles: [{ hash: 'd'.repeat(64), name: 'whirling-night' }],
    mask: null,
    init: null,
    lane: 'normal',
    maxConcurrent: 1,
    estimateMs: 60_000,
    notices: [],
    state: 'done',
    createdAt: 1_800_000_000_000,
    startedAt: 1_800_000_000_000,
    finishedAt: 1_800_000_060_000,
    painterMs: 60_000,
    result: result === null ? null : aResult(result),
    failure: null,
    statusMessage: null,
    deliveredAt: 1_800_000_060_000,
    deletedAt: null,
    ...others,
  };
}
