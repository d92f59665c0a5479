import { afterEach, describe, expect, it } from 'vitest';
import type { PaintTask } from '../../src/core/task.ts';
import { defaultsOf } from '../../src/nst/method-settings.ts';
import type { StylizeOptions } from '../../src/nst/settings.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { newJob } from '../store/contract/records.ts';
import { admin, ann, startTestInstance, studio, type TestInstance } from '../support/instance.ts';
import { gradientPicture } from '../support/pictures.ts';

let test: TestInstance;
afterEach(() => test[Symbol.asyncDispose]());

const keep = async (width: number) =>
  openPictureFolder(`${test.folder}/pictures`).put(await gradientPicture(width, 64).jpeg().toBuffer());

/** Puts a job on record as the version before methods did, and has it painted after the upgrade. */
async function paintedFromBefore(options: StylizeOptions): Promise<PaintTask> {
  const [content, style] = [await keep(96), await keep(64)];
  const job = newJob('before', {
    ...studio,
    user: ann.id,
    userName: ann.name,
    content,
    styles: [{ hash: style, name: 'theirs' }],
    options,
    createdAt: Date.now(),
  });
  await test.withStore((store) => store.jobs.insert(job));
  await test.restart();
  const { task, finish } = await test.easel.next();
  await finish();
  await test.platform.until(() => test.platform.texts('status-before')[0]?.startsWith('Painted'));
  return task;
}

/** What somebody does with a result. */
async function act(action: string, options?: Record<string, string>): Promise<PaintTask> {
  const message = test.platform.messages.find(({ key }) => key === 'end-before')?.ref as never;
  const given = options && { jobId: 'before', options };
  expect(
    await test.platform.send({ kind: 'action', actor: ann, place: studio, action, message, ...given }),
  ).toEqual([]);
  return (await test.easel.next()).task;
}

describe('a job', () => {
  it('names its method, also where its requester has not', async () => {
    test = await startTestInstance();
    await test.stylize();
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ method: 'mix', iterations: defaultsOf('mix').iterations });
    const [details] = await test.command('result', { job: task.jobId });
    expect(details?.text).toMatch(/method mix.*neighbour_weight \d+.*gamut_weight \d+/);
    expect(details?.text).toContain('style_rotations no');
  });

  it('of another method is told with it, and with its defaults', async () => {
    test = await startTestInstance();
    await test.stylize({ method: 'neighbour', style_rotations: true });
    const { task, finish } = await test.easel.next();
    const { iterations } = defaultsOf('neighbour');
    expect(task.options).toMatchObject({ method: 'neighbour', iterations, styleRotations: true });
    await finish();
    const end = await test.platform.until(() => test.platform.texts(`end-${task.jobId}`)[0]);
    expect(end).toMatch(/· method neighbour · style_rotations yes\n/);
    const [details] = await test.command('result', { job: task.jobId });
    expect(details?.text).toContain(`tv_weight ${defaultsOf('neighbour').tvWeight}`);
    expect(details?.text).not.toContain('style_weight');
  });

  it('from before there were methods is painted, and painted again, as it would have been', async () => {
    test = await startTestInstance();
    const task = await paintedFromBefore({ size: 384, iterations: 180, network: 'auto', layers: 'light' });
    expect(task.options).toMatchObject({ method: 'gatys', size: 384, iterations: 180 });
    const again = await act('➕');
    expect(again.options).toMatchObject({ method: 'gatys', strength: 0.5, init: 'picture' });
  });

  it('from before there were methods can be painted again with another', async () => {
    test = await startTestInstance();
    await paintedFromBefore({ size: 384, iterations: 180, tvWeight: 50 });
    const { options } = await act('tweak', { advanced: 'method mix' });
    expect(options).toMatchObject({ method: 'mix', size: 384, tvWeight: 50, init: 'picture' });
  });
});

describe('what means nothing under a method', () => {
  it('is refused where it is asked for, with what to do', async () => {
    test = await startTestInstance();
    const [reply] = await test.stylize({ method: 'neighbour', style_weight: 300 });
    expect(reply?.text).toBe(
      'style_weight means nothing under the method neighbour. Leave it out, or choose the method gatys or mix.',
    );
  });

  it('is left out of one’s own defaults, and cannot become one of them', async () => {
    test = await startTestInstance();
    await test.command('preferences', { style_weight: 300, style_rotations: true }, ann, 'set');
    const [shown] = await test.command('preferences', { method: 'neighbour' }, ann, 'set');
    expect(shown?.text).toMatch(/`method` neighbour\n`style_weight` 300\n`style_rotations` yes/);
    expect(await test.stylize()).toEqual([]);
    const { task } = await test.easel.next();
    expect(task.options).toMatchObject({ method: 'neighbour', styleRotations: true });
    expect(task.options).not.toHaveProperty('styleWeight');
    const [refused] = await test.command('preferences', { style_weight: 200 }, ann, 'set');
    expect(refused?.text).toContain('means nothing under the method neighbour');
  });
});

describe('the preset paper', () => {
  it('is the method of 2015 to the letter, within the limits that hold for all', async () => {
    test = await startTestInstance();
    expect(await test.stylize({ preset: 'paper' })).toEqual([]);
    const { task, finish } = await test.easel.next();
    expect(task.options).toMatchObject({
      method: 'gatys',
      normalization: 'gatys',
      init: 'noise',
      pooling: 'average',
      iterations: 500,
    });
    expect(test.platform.texts(`status-${task.jobId}`).join()).toContain('The limit here is 500 evaluations');
    await finish();
    await test.command('limits', { max_evaluations: 2000 }, admin, 'set');
    await test.stylize({ preset: 'paper' });
    expect((await test.easel.next()).task.options.iterations).toBe(1000);
  });
});
