import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Form } from '../../src/bot/forms.ts';
import { defaultsOf } from '../../src/nst/method-settings.ts';
import {
  ann,
  bob,
  painting,
  photo,
  startTestInstance,
  studio,
  type TestInstance,
} from '../support/instance.ts';

let test: TestInstance;
beforeEach(async () => {
  test = await startTestInstance();
});
afterEach(() => test[Symbol.asyncDispose]());

async function paintedJob(options = {}): Promise<string> {
  await test.stylize(options);
  const { task, finish } = await test.easel.next();
  await finish();
  await test.platform.until(() => test.platform.texts(`end-${task.jobId}`).length > 0);
  return task.jobId;
}
const values = (form: unknown) =>
  Object.fromEntries((form as Form).fields.map(({ option, value }) => [option.name, value]));

describe('the form that tweaks a result', () => {
  it('is filled in with what the result was painted with', async () => {
    const jobId = await paintedJob({ strength: 0.5, colors: 'content', tv_weight: 50 });
    const form = await test.bot.form({ form: 'tweak', jobId, actor: bob, place: studio });
    expect(values(form)).toEqual({
      strength: '0.5',
      size: '512',
      colors: 'content',
      style_scale: '1',
      advanced: 'tv_weight 50',
    });
  });

  it('has those of the advanced settings that are not the defaults of the method', async () => {
    const jobId = await paintedJob({
      method: 'neighbour',
      style_rotations: true,
      evaluations: defaultsOf('neighbour').iterations as number,
      pooling: 'max',
    });
    const form = await test.bot.form({ form: 'tweak', jobId, actor: bob, place: studio });
    const { advanced } = values(form);
    expect(advanced).toBe('method neighbour, pooling max, style_rotations yes');
    const unchanged = { kind: 'action', actor: bob, place: studio, action: 'tweak', jobId } as const;
    const message = test.platform.messages.find(({ key }) => key === `end-${jobId}`)?.ref as never;
    const options = { advanced: advanced ?? '' };
    const [reply] = await test.platform.send({ ...unchanged, message, options });
    expect(reply?.text).toContain('Nothing was changed');
  });

  it('paints it again, warm-started and charged to who filled it in', async () => {
    const jobId = await paintedJob();
    const [message] = test.platform.messages.filter(({ key }) => key === `end-${jobId}`);
    await test.platform.send({
      kind: 'action',
      actor: bob,
      place: studio,
      action: 'tweak',
      jobId,
      message: message?.ref as never,
      options: { strength: '1', advanced: 'style_weight 300' },
    });
    const { task, finish } = await test.easel.next();
    expect(task.options).toMatchObject({ strength: 1, styleWeight: 300, init: 'picture' });
    await finish();
    const end = await test.platform.until(() =>
      test.platform.messages.find(({ key }) => key === `end-${task.jobId}`),
    );
    expect(end.versions[0]?.mention).toBe('bob');
  });

  it('means nothing as a reaction', async () => {
    const jobId = await paintedJob();
    const message = test.platform.messages.find(({ key }) => key === `end-${jobId}`)?.ref as never;
    expect(
      await test.platform.send({ kind: 'action', actor: bob, place: studio, action: '🎛️', message }),
    ).toEqual([]);
    expect((await test.command('queue', {}, bob))[0]?.text).toContain('None of them is yours');
  });

  it('is not to be had of a job that somebody may not know of', async () => {
    const jobId = await paintedJob();
    const place = { ...studio, server: 'another' };
    expect(await test.bot.form({ form: 'tweak', jobId, actor: bob, place })).toMatchObject({
      text: expect.stringContaining('There is no job'),
      private: true,
    });
  });

  it('fits into five fields whose labels every platform takes', async () => {
    const jobId = await paintedJob();
    const requests = [
      { form: 'tweak', jobId, actor: ann, place: studio },
      { form: 'stylize', actor: ann, place: studio },
    ] as const;
    for (const request of requests) {
      const { title, fields } = (await test.bot.form(request)) as Form;
      expect(title.length).toBeLessThanOrEqual(45);
      expect(fields.length).toBeLessThanOrEqual(5);
      for (const { label } of fields) expect(label.length).toBeLessThanOrEqual(45);
    }
  });

  it('for a picture at hand has its user’s own defaults', async () => {
    await test.command('preferences', { preset: 'fine', strength: 1 }, ann, 'set');
    const form = await test.bot.form({ form: 'stylize', actor: ann, place: studio });
    expect(values(form)).toMatchObject({ preset: 'fine', strength: '1', style: undefined });
  });
});

describe('a picture kept by styles use', () => {
  it('is the style of its user’s next request without one, and of that alone', async () => {
    await test.command('styles', { picture: painting }, ann, 'use');
    const [others] = await test.command('stylize', { content: photo }, bob);
    expect(others?.text).toContain('There is no style');
    await test.command('stylize', { content: photo });
    const { task, finish } = await test.easel.next();
    expect(task.styles).toHaveLength(1);
    await finish();
    expect((await test.command('stylize', { content: photo }))[0]?.text).toContain('There is no style');
  });

  it('stays for later when a request names another style, and gives way to a newer one', async () => {
    await test.command('styles', { picture: painting }, ann, 'use');
    await test.command('styles', { picture: photo }, ann, 'use');
    await test.command('stylize', { content: photo, style_name: 'poppy-wash' });
    await (await test.easel.next()).finish();
    await test.command('stylize', { content: photo });
    const { task, finish } = await test.easel.next();
    expect(task.styles).toEqual([task.content]);
    await finish();
  });

  it('is erased with its user', async () => {
    await test.command('styles', { picture: painting }, ann, 'use');
    const [reply] = await test.command('forget-me', { confirm: true });
    expect(reply?.text).toContain('1 saved style');
    expect((await test.command('stylize', { content: photo }))[0]?.text).toContain('There is no style');
  });
});
