import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/bot/chat.ts';
import type { FakeFile } from '../support/fake-platform.ts';
import {
  admin,
  ann,
  painting,
  photo,
  startTestInstance,
  type TestInstance,
  type UserOptions,
} from '../support/instance.ts';
import { gradientPicture, noisePicture } from '../support/pictures.ts';

let test: TestInstance;
afterEach(() => test?.[Symbol.asyncDispose]());

/** All that is kept of pictures: those of requests, and what lies at the door. */
async function kept(): Promise<string[]> {
  const all = [];
  for (const folder of ['pictures', 'intake']) {
    const entries = await readdir(path.join(test.folder, folder), {
      recursive: true,
      withFileTypes: true,
    }).catch(() => []);
    all.push(...entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  }
  return all;
}

const png = async (name: string, width: number, height: number): Promise<FakeFile> => ({
  name,
  content: await gradientPicture(width, height).png().toBuffer(),
});

const repeated = (times: number, ask: () => Promise<Message[]>): Promise<Message[][]> =>
  Promise.all(Array.from({ length: times }, ask));

describe('somebody whose number of jobs is 0', () => {
  const asks: [string, UserOptions, string | undefined][] = [
    ['stylize', { content: photo, style: painting }, undefined],
    ['styles', { picture: painting }, 'use'],
    ['styles', { picture: painting, name: 'mine' }, 'save'],
  ];
  it.each(asks)('is refused before anything is fetched or kept: %s', async (name, options, subcommand) => {
    test = await startTestInstance();
    await test.command('limits', { jobs_per_user_per_day: 0 }, admin, 'set');
    const replies = await repeated(20, () => test.command(name, options, ann, subcommand));
    for (const [reply] of replies) expect(reply?.text).toMatch(/may not ask me to paint/);
    expect(test.platform.fetched).toBe(0);
    expect(await kept()).toEqual([]);
  });
});

describe('a request that is refused', () => {
  it('for its waiting jobs is not fetched', async () => {
    test = await startTestInstance();
    await test.command('limits', { waiting_per_user: 1 }, admin, 'set');
    await test.stylize();
    await test.easel.next();
    await test.stylize();
    const [before, fetched] = [await kept(), test.platform.fetched];
    for (const [reply] of await repeated(20, () => test.stylize()))
      expect(reply?.text).toMatch(/1 jobs? waiting/);
    expect(test.platform.fetched).toBe(fetched);
    expect(await kept()).toEqual(before);
  });

  it('because others of its sender came first leaves nothing, though all came at once', async () => {
    test = await startTestInstance();
    await test.command('limits', { jobs_per_user_per_day: 1 }, admin, 'set');
    const requests = Array.from({ length: 8 }, async (_, index) =>
      test.stylize({ content: await png(`${index}.png`, 60 + index, 50) }),
    );
    const refused = (await Promise.all(requests)).filter(([reply]) => reply?.text.includes('1 of 1 jobs'));
    expect(refused).toHaveLength(7);
    expect(await kept()).toHaveLength(2);
  });

  it('for its memory leaves nothing', async () => {
    test = await startTestInstance({ environment: { IMPASTO_MEMORY_MB: '256' } });
    const [reply] = await test.stylize({ size: 1024 });
    expect(reply?.text).toMatch(/of memory/);
    expect(test.platform.fetched).toBe(2);
    expect(await kept()).toEqual([]);
  });

  it('for its second picture leaves nothing of the first, and says which it is', async () => {
    test = await startTestInstance();
    const [reply] = await test.stylize({ style: { name: 'words.png', content: Buffer.from('words') } });
    expect(reply?.text).toMatch(/^The painting `words\.png`: /);
    expect(await kept()).toEqual([]);
  });

  it('because a strip would be painted names the picture and the size that would do', async () => {
    test = await startTestInstance();
    const strip = await png('strip.png', 400, 40);
    const [reply] = await test.stylize({ content: strip, size: 128 });
    expect(reply?.text).toMatch(/^The photograph `strip\.png`: .*thin.*size of 155 or more/s);
    const [other] = await test.stylize({ style: strip, size: 128 });
    expect(other?.text).toMatch(/^The painting `strip\.png`: .*thin/s);
    expect(await kept()).toEqual([]);
    expect(await test.stylize({ content: strip, style: strip, size: 160 })).toEqual([]);
  });
});

describe('a style that cannot be saved', () => {
  it('because there is one of its name leaves nothing', async () => {
    test = await startTestInstance();
    await test.command('styles', { picture: painting, name: 'mine' }, ann, 'save');
    const before = await kept();
    const asks = Array.from({ length: 5 }, async (_, index) =>
      test.command(
        'styles',
        { picture: await png(`${index}.png`, 50 + index, 50), name: 'mine' },
        ann,
        'save',
      ),
    );
    for (const [reply] of await Promise.all(asks)) expect(reply?.text).toMatch(/a style `mine` already/);
    expect((await kept()).sort()).toEqual(before.sort());
  });
});

describe('a request whose second picture finds no room', () => {
  it('leaves nothing of the first', async () => {
    test = await startTestInstance({
      environment: { IMPASTO_PICTURES_MB: '10', IMPASTO_PICTURES_USER_MB: '1' },
    });
    const large = { name: 'large.png', content: await noisePicture(700, 600).png().toBuffer() };
    const [reply] = await test.stylize({ style: large });
    expect(reply?.text).toMatch(/^The painting `large\.png`: /);
    expect(await kept()).toEqual([]);
  });
});

describe('a request that is accepted', () => {
  it('has its pictures kept by then, and nothing else', async () => {
    test = await startTestInstance();
    expect(await test.stylize()).toEqual([]);
    const { task } = await test.easel.next();
    expect((await kept()).sort()).toEqual([task.content, ...task.styles].sort());
  });
});
