import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Painter } from '../../src/core/painter.ts';
import type { JobQueue, QueuedJob, QueueEvent, Ticket } from '../../src/queue/queue.ts';
import { failure, job, painted, progress, Studio } from './manual-painter.ts';

/** What a queue under test is opened with. */
export interface OpenOptions {
  readonly painters: readonly Painter[];
  readonly capacity: number;
  readonly usage: readonly { server: string; user: string; ms: number; at: number }[];
  readonly onError: (error: unknown) => void;
}

type Kind = QueueEvent['type'];

/** What happened on a queue, in the order in which it was told. */
export class Witness {
  readonly events: QueueEvent[] = [];
  readonly #told = new EventTarget();

  constructor(queue: JobQueue) {
    queue.subscribe((event) => {
      this.events.push(event);
      this.#told.dispatchEvent(new Event('told'));
    });
  }

  /** The events of a job, without the details. */
  of(jobId: string): Kind[] {
    return this.events.filter((event) => 'jobId' in event && event.jobId === jobId).map(({ type }) => type);
  }

  /** The first event of a kind about a job, as soon as there is one. */
  async saw(jobId: string, ...types: Kind[]): Promise<QueueEvent> {
    for (;;) {
      const seen = this.events.find(
        (each) => 'jobId' in each && each.jobId === jobId && types.includes(each.type),
      );
      if (seen) return seen;
      await once(this.#told, 'told');
    }
  }
}

/** What every queue does; `open` makes an empty one that has the painters to itself. */
export function describeQueue(name: string, open: (options: OpenOptions) => Promise<JobQueue>): void {
  async function opened(painters = 1, more: Partial<OpenOptions> = {}) {
    const studio = new Studio(painters);
    const errors: unknown[] = [];
    const queue = await open({
      painters: studio.painters,
      capacity: 100,
      usage: [],
      onError: (error) => void errors.push(error),
      ...more,
    });
    onTestFinished(() => queue.close());
    const submit = async (...jobs: QueuedJob[]) => {
      const tickets: Ticket[] = [];
      for (const each of jobs) tickets.push(await queue.submit(each));
      return tickets;
    };
    return { queue, studio, errors, submit, witness: new Witness(queue) };
  }

  describe(`${name}, a queue`, () => {
    it('paints a job and tells of its start, its progress and its result', async () => {
      const { studio, submit, witness } = await opened();
      const [ticket] = await submit(job('one', 'u'));
      expect(ticket).toEqual({ position: 1, startsInMs: 0 });
      const sitting = await studio.sitting('one');
      expect(sitting.task).toEqual(job('one', 'u').task);
      sitting.hooks.onProgress(progress);
      sitting.finish();
      const done = await witness.saw('one', 'done');
      expect(done).toMatchObject({ result: { picture: 'result', width: 512, height: 384, size: 512 } });
      expect(witness.of('one')).toEqual(['started', 'progress', 'done']);
      expect(witness.events.find(({ type }) => type === 'progress')).toMatchObject({ progress });
    });

    it('paints no more jobs at once than it has painters, and all of them in the end', async () => {
      const { queue, studio, submit, witness } = await opened(2);
      const ids = ['a', 'b', 'c', 'd', 'e'];
      await submit(...ids.map((id) => job(id, id)));
      await studio.sitting('a');
      await studio.sitting('b');
      expect(studio.busy).toEqual(['a', 'b']);
      expect(await queue.stats()).toEqual({ waiting: 3, running: 2, painters: 2, capacity: 100 });
      for (const _ of ids) await studio.finishNext();
      for (const id of ids) await witness.saw(id, 'done');
      expect(await queue.stats()).toMatchObject({ waiting: 0, running: 0 });
    });

    it('tells the places of those who wait, and when they have changed', async () => {
      const { queue, studio, submit, witness } = await opened();
      const tickets = await submit(job('a', 'a'), job('b', 'b'), job('c', 'c'));
      expect(tickets.map(({ position }) => position)).toEqual([1, 1, 2]);
      const places = await queue.tickets();
      expect([...places.keys()]).toEqual(['b', 'c']);
      expect([...places.values()].map(({ position }) => position)).toEqual([1, 2]);
      expect((places.get('c') as Ticket).startsInMs - (places.get('b') as Ticket).startsInMs).toBe(10_000);
      expect([...(await queue.tickets(['a', 'c', 'unknown'])).keys()]).toEqual(['c']);
      expect(await queue.ticket('c')).toMatchObject({ position: 2 });
      expect(await queue.ticket('a')).toBeUndefined();
      expect(await queue.ticket('unknown')).toBeUndefined();
      const before = witness.events.length;
      await studio.finishNext();
      await witness.saw('b', 'started');
      await Promise.resolve();
      expect(await queue.ticket('c')).toMatchObject({ position: 1 });
      expect(witness.events.slice(before).map(({ type }) => type)).toContain('moved');
    });

    it('is fair: one job of one user does not wait for fifty of another', async () => {
      const { studio, submit } = await opened();
      await submit(...Array.from({ length: 50 }, (_, i) => job(`many-${i}`, 'guild.eager')));
      expect(await submit(job('one', 'guild.modest'))).toMatchObject([{ position: 1 }]);
      expect(await studio.finishNext()).toBe('many-0');
      expect(await studio.finishNext()).toBe('one');
    });

    it('lets the fast lane go first without starving the normal one', async () => {
      const { studio, submit } = await opened();
      await submit(job('first', 'first'));
      const names = ['slow', 'quick-1', 'quick-2', 'quick-3'];
      await submit(...names.map((id) => job(id, id, { lane: id === 'slow' ? 'normal' : 'fast' })));
      const order: string[] = [];
      for (let i = 0; i < 5; i++) order.push(await studio.finishNext());
      expect(order).toEqual(['first', 'quick-1', 'quick-2', 'slow', 'quick-3']);
    });

    it('keeps a user’s jobs waiting while as many as allowed are painted', async () => {
      const { queue, studio, submit, witness } = await opened(3);
      await submit(job('a1', 'a'), job('a2', 'a'), job('b1', 'b'));
      await studio.sitting('b1');
      expect(studio.busy).toEqual(['a1', 'b1']);
      expect(await queue.ticket('a2')).toMatchObject({ position: 1 });
      (await studio.sitting('a1')).finish();
      await witness.saw('a2', 'started');
    });

    it('starts all that may start when one end lets several', async () => {
      const { studio, submit, witness } = await opened(2);
      await submit(
        job('a1', 'a'),
        job('a2', 'a', { maxConcurrent: 1 }),
        job('a3', 'a', { maxConcurrent: 2 }),
      );
      (await studio.sitting('a1')).finish();
      await witness.saw('a2', 'started');
      await witness.saw('a3', 'started');
    });

    it('remembers who had painter time before it was opened', async () => {
      const usage = [{ server: 'g', user: 'g.rich', ms: 60_000, at: Date.now() - 1000 }];
      const { studio, submit } = await opened(1, { usage });
      await submit(job('running', 'g.other'), job('rich', 'g.rich'), job('poor', 'g.poor'));
      await studio.finishNext();
      expect(await studio.finishNext()).toBe('poor');
    });

    it('keeps the place of a job that is submitted again, waiting or running', async () => {
      const { queue, studio, submit } = await opened(1, { capacity: 2 });
      await submit(job('a', 'a'), job('b', 'b'), job('c', 'c'));
      expect(await submit(job('b', 'b'))).toMatchObject([{ position: 1 }]);
      expect(await submit(job('a', 'a'))).toEqual([{ position: 1, startsInMs: 0 }]);
      expect(await queue.stats()).toMatchObject({ waiting: 2, running: 1 });
      for (const id of ['a', 'b', 'c']) expect(await studio.finishNext()).toBe(id);
      expect(studio.started).toEqual(['a', 'b', 'c']);
    });

    it('cancels a waiting job, which is never painted', async () => {
      const { queue, studio, submit, witness } = await opened();
      await submit(job('a', 'a'), job('b', 'b'), job('c', 'c'));
      expect(await queue.cancel('b')).toBe(true);
      expect(await witness.saw('b', 'cancelled')).toMatchObject({ painterMs: 0 });
      expect(await queue.ticket('c')).toMatchObject({ position: 1 });
      await studio.finishNext();
      expect(await studio.finishNext()).toBe('c');
      expect(studio.started).toEqual(['a', 'c']);
      expect(witness.of('b')).toEqual(['cancelled']);
    });

    it('cancels a running job and goes on with the next', async () => {
      const { queue, studio, submit, witness } = await opened();
      await submit(job('a', 'a'), job('b', 'b'));
      await studio.sitting('a');
      expect(await queue.cancel('a')).toBe(true);
      const event = await witness.saw('a', 'cancelled');
      expect(event).toMatchObject({ painterMs: expect.any(Number) });
      await witness.saw('b', 'started');
      expect(witness.of('a')).toEqual(['started', 'cancelled']);
    });

    it('ends a cancelled job as cancelled even when its painting was finished in the meantime', async () => {
      const { queue, studio, submit, witness } = await opened();
      await submit(job('a', 'a'));
      const { finish } = await studio.sitting('a');
      finish();
      expect(await queue.cancel('a')).toBe(true);
      await witness.saw('a', 'done', 'cancelled');
      expect(witness.of('a')).toEqual(['started', 'cancelled']);
    });

    it('has nothing to cancel in a job that it does not know, or that has ended', async () => {
      const { queue, studio, submit, witness } = await opened();
      await submit(job('a', 'a'));
      await studio.finishNext();
      await witness.saw('a', 'done');
      expect(await queue.cancel('a')).toBe(false);
      expect(await queue.cancel('unknown')).toBe(false);
      expect(witness.of('a')).toEqual(['started', 'done']);
    });

    it('tells why a job failed, and the whole error to whoever runs it', async () => {
      const { studio, submit, witness, errors } = await opened();
      await submit(job('a', 'a'), job('b', 'b'));
      (await studio.sitting('a')).fail(failure('picture-gone'));
      expect(await witness.saw('a', 'failed')).toMatchObject({
        failure: { code: 'picture-gone', message: 'It failed: picture-gone.', advice: 'Do something.' },
        painterMs: expect.any(Number),
      });
      const unforeseen = new Error('secret path');
      (await studio.sitting('b')).fail(unforeseen);
      const event = await witness.saw('b', 'failed');
      expect(event).toMatchObject({ failure: { code: 'unexpected' } });
      expect(JSON.stringify(event)).not.toContain('secret');
      expect(errors).toContain(unforeseen);
    });

    it('goes on with another painter when one is lost, and tells of it', async () => {
      const { studio, submit, witness } = await opened();
      await submit(job('a', 'a'));
      (await studio.sitting('a')).fail(failure('painter-crashed'));
      expect(await witness.saw('a', 'retrying')).toMatchObject({ failure: { code: 'painter-crashed' } });
      await studio.finishNext();
      await witness.saw('a', 'done');
      expect(witness.of('a')).toEqual(['started', 'retrying', 'done']);
    });

    it('tells of the smaller size when memory was not enough', async () => {
      const { studio, submit, witness } = await opened();
      await submit(job('a', 'a'));
      (await studio.sitting('a')).fail(failure('out-of-memory'));
      expect(await witness.saw('a', 'retrying')).toMatchObject({ size: 384 });
      const { task, finish } = await studio.sitting('a');
      expect(task.options.size).toBe(384);
      finish({ ...painted, size: 384 });
      expect(await witness.saw('a', 'done')).toMatchObject({
        result: { size: 384, warnings: ['There was not enough memory for 512 px; this is 384 px.'] },
      });
    });

    it.each<[Kind, (studio: Studio, queue: JobQueue) => Promise<unknown>]>([
      ['done', async (studio) => (await studio.sitting('a')).finish()],
      ['failed', async (studio) => (await studio.sitting('a')).fail(failure('bad-setting'))],
      ['cancelled', (_, queue) => queue.cancel('a')],
    ])('keeps the checkpoint until the listeners of “%s” have settled', async (kind, end) => {
      const { queue, studio, submit, witness } = await opened();
      let recorded = () => {};
      queue.subscribe(async (event) => {
        if (event.type === kind) await new Promise<void>((resolve) => (recorded = resolve));
      });
      await submit(job('a', 'a'), job('b', 'b'));
      await studio.sitting('a');
      await end(studio, queue);
      await witness.saw('a', kind);
      await witness.saw('b', 'started');
      expect(studio.forgotten).toEqual([]);
      recorded();
      await studio.forgot('a');
    });

    it('does not suffer from listeners that throw', async () => {
      const { queue, studio, submit, errors, witness } = await opened();
      queue.subscribe(() => {
        throw new Error('thrown');
      });
      queue.subscribe(() => Promise.reject(new Error('rejected')));
      const later = new Witness(queue);
      await submit(job('a', 'a'), job('b', 'b'));
      await studio.finishNext();
      await studio.finishNext();
      await later.saw('b', 'done');
      await witness.saw('b', 'done');
      await studio.forgot('b');
      const texts = errors.map((error) => (error as Error).message);
      expect(texts).toContain('thrown');
      expect(texts).toContain('rejected');
    });

    it('tells a listener nothing more after it has unsubscribed', async () => {
      const { queue, studio, submit, witness } = await opened();
      const seen: QueueEvent[] = [];
      const unsubscribe = queue.subscribe((event) => void seen.push(event));
      await submit(job('a', 'a'));
      await studio.sitting('a');
      unsubscribe();
      await studio.finishNext();
      await witness.saw('a', 'done');
      expect(seen.map(({ type }) => type)).not.toContain('done');
    });

    it('closes: what runs is stopped and keeps its checkpoint, what waits is left, and nothing is told', async () => {
      const { queue, studio, submit, witness } = await opened();
      await submit(job('a', 'a'), job('b', 'b'));
      await studio.sitting('a');
      await Promise.resolve();
      const before = witness.events.length;
      await queue.close();
      expect(studio.busy).toEqual([]);
      expect(studio.started).toEqual(['a']);
      expect(witness.events).toHaveLength(before);
      expect(studio.forgotten).toEqual([]);
      await expect(queue.submit(job('c', 'c'))).rejects.toMatchObject({ code: 'closed' });
      await queue.close();
    });
  });
}
