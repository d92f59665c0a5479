import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/failures.ts';
import type { Painted } from '../../src/core/task.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import type { QueueEvent, QueueStats } from '../../src/queue/queue.ts';

const stats: QueueStats = { waiting: 3, running: 2, painters: 4, capacity: 500 };
const create = (queueStats = async () => stats) => createMetrics({ queueStats });

/** The lines of Impasto's own figures, without their descriptions. */
async function lines(metrics: { text(): Promise<string> }): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith('impasto_'));
}

/** A queue's events, sent by hand. */
function eventSource() {
  const listeners = new Set<(event: QueueEvent) => void | Promise<void>>();
  return {
    subscribe(listener: (event: QueueEvent) => void | Promise<void>) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    send(...events: QueueEvent[]) {
      for (const event of events) for (const listener of listeners) void listener(event);
    },
  };
}

const jobId = 'j1';
const failure = (code: Failure['code']): Failure => ({ code, message: 'Lost.', advice: 'Try again.' });
const result = { painterMs: 90_000 } as Painted;

describe('createMetrics', () => {
  it('counts accepted jobs by platform and kind, and refusals by code', async () => {
    const metrics = create();
    metrics.accepted({ platform: 'discord', kind: 'painting' });
    metrics.accepted({ platform: 'discord', kind: 'painting' });
    metrics.accepted({ platform: 'slack', kind: 'sweep' });
    metrics.refused('over-limit');
    const text = await lines(metrics);
    expect(text).toContain('impasto_jobs_accepted_total{platform="discord",kind="painting"} 2');
    expect(text).toContain('impasto_jobs_accepted_total{platform="slack",kind="sweep"} 1');
    expect(text).toContain('impasto_jobs_refused_total{code="over-limit"} 1');
  });

  it('takes no more from a job than its labels say', async () => {
    const metrics = create();
    const job = { platform: 'discord', kind: 'painting', user: 'u-4711', server: 's-4712' } as const;
    metrics.accepted(job);
    expect(await metrics.text()).not.toMatch(/[us]-471/);
  });

  it('tells waiting and painting in seconds', async () => {
    const metrics = create();
    metrics.waited(1500);
    metrics.finished('done', 45_000);
    const text = await lines(metrics);
    expect(text).toContain('impasto_job_waiting_seconds_sum 1.5');
    expect(text).toContain('impasto_job_waiting_seconds_bucket{le="1"} 0');
    expect(text).toContain('impasto_job_waiting_seconds_bucket{le="2"} 1');
    expect(text).toContain('impasto_job_painting_seconds_sum 45');
  });

  it('takes a wait that ends before it began for none', async () => {
    const metrics = create();
    metrics.waited(-5000);
    expect(await lines(metrics)).toContain('impasto_job_waiting_seconds_sum 0');
  });

  it('counts jobs that were never painted, but no painting of theirs', async () => {
    const metrics = create();
    metrics.finished('cancelled', 0);
    const text = await lines(metrics);
    expect(text).toContain('impasto_jobs_finished_total{outcome="cancelled"} 1');
    expect(text).toContain('impasto_job_painting_seconds_count 0');
  });

  it('asks the queue at each reading', async () => {
    let { waiting } = stats;
    const metrics = create(async () => ({ ...stats, waiting: waiting++ }));
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'impasto_queue_waiting 3',
        'impasto_queue_running 2',
        'impasto_painters 4',
        'impasto_queue_capacity 500',
      ]),
    );
    expect(await lines(metrics)).toContain('impasto_queue_waiting 4');
  });

  it('tells nothing of a queue that does not answer rather than old figures', async () => {
    let lost = false;
    const metrics = create(() => (lost ? Promise.reject(new Error('closed')) : Promise.resolve(stats)));
    await metrics.text();
    lost = true;
    metrics.refused('queue-full');
    const text = await lines(metrics);
    expect(text.filter((line) => /impasto_(queue|painters)/.test(line))).toEqual([]);
    expect(text).toContain('impasto_jobs_refused_total{code="queue-full"} 1');
    lost = false;
    expect(await lines(metrics)).toContain('impasto_queue_waiting 3');
  });

  it('tells of the process’s memory and event loop', async () => {
    const text = await create().text();
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('keeps two instances apart', async () => {
    create().refused('over-limit');
    expect((await lines(create())).join()).not.toContain('over-limit');
  });
});

describe('Metrics that watch a queue', () => {
  it('count what came of its jobs and how long they were painted', async () => {
    const metrics = create();
    const queue = eventSource();
    metrics.watch(queue);
    queue.send(
      { type: 'started', jobId },
      { type: 'moved' },
      { type: 'done', jobId, result },
      { type: 'failed', jobId, failure: failure('out-of-memory'), painterMs: 5000 },
      { type: 'cancelled', jobId, painterMs: 0 },
    );
    const text = await lines(metrics);
    for (const outcome of ['done', 'failed', 'cancelled']) {
      expect(text).toContain(`impasto_jobs_finished_total{outcome="${outcome}"} 1`);
    }
    expect(text).toContain('impasto_job_painting_seconds_sum 95');
    expect(text).toContain('impasto_job_painting_seconds_count 2');
  });

  it('count painters that were lost, whether or not the job is tried again', async () => {
    const metrics = create();
    const queue = eventSource();
    metrics.watch(queue);
    queue.send(
      { type: 'retrying', jobId, failure: failure('painter-crashed') },
      { type: 'retrying', jobId, failure: failure('painter-stuck') },
      { type: 'retrying', jobId, failure: failure('out-of-memory'), size: 512 },
      { type: 'failed', jobId, failure: failure('painter-crashed'), painterMs: 10 },
      { type: 'failed', jobId, failure: failure('picture-gone'), painterMs: 0 },
    );
    expect((await lines(metrics)).filter((line) => line.startsWith('impasto_painter_restarts'))).toEqual([
      'impasto_painter_restarts_total{reason="painter-crashed"} 2',
      'impasto_painter_restarts_total{reason="painter-stuck"} 1',
    ]);
  });

  it('count nothing more when the watch has ended', async () => {
    const metrics = create();
    const queue = eventSource();
    metrics.watch(queue)();
    queue.send({ type: 'done', jobId, result });
    expect((await lines(metrics)).join()).not.toContain('outcome="done"');
  });
});
