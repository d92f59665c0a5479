import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, inject, it } from 'vitest';
import type { MessageRef } from '../../src/bot/chat.ts';
import { readConfig } from '../../src/config.ts';
import type { Painter } from '../../src/core/painter.ts';
import { painterOf } from '../../src/main/painters.ts';
import { createLog } from '../../src/ops/log.ts';
import { models } from '../support/cli.ts';
import { admin, ann, bob, painting, photo, startTestInstance, studio } from '../support/instance.ts';

/** A painter in a process, which paints for real: on a tiny network, or on VGG-19. */
function realPainter(folder: string, entry?: URL): Painter {
  const config = readConfig(
    { IMPASTO_DATA: folder, IMPASTO_CHECKPOINT_SECONDS: '1', IMPASTO_THREADS: '1' },
    'no.env',
  );
  return painterOf(config, createLog({ level: 'error' }), {
    execArgv: ['--import', 'tsx'],
    ...(entry && { entry }),
  });
}

/** Evaluations that take long enough for a second thumbnail. What paints is the same wherever jobs lie. */
const networks = [
  {
    name: 'a tiny network',
    entry: new URL('../support/tiny-painter.ts', import.meta.url),
    evaluations: 150,
    skip: false,
  },
  {
    name: 'VGG-19 (its weights at IMPASTO_MODELS)',
    entry: undefined,
    evaluations: 200,
    skip: !models || inject('servers') !== undefined,
  },
];

describe.each(networks)('a whole bot that paints with $name', ({ entry, evaluations, skip }) => {
  const title = 'takes a request from two pictures to a result, and by ➕ to a second one';
  it.skipIf(skip)(title, { timeout: 240_000 }, async () => {
    await using test = await startTestInstance({
      createPainter: (folder) => () => realPainter(folder, entry),
    });
    const { platform } = test;
    const stylize = (options: object, actor = ann) =>
      platform.send({
        kind: 'command',
        actor,
        place: studio,
        command: 'stylize',
        options: { content: photo, style: painting, size: 96, evaluations, ...options },
      });
    await stylize({});
    await stylize({}, bob);

    const [first, second] = platform.messages;
    expect(second?.versions[0]?.text).toMatch(/Accepted.*number 1 in the queue, starts in/);
    const job = first?.key.slice('status-'.length);
    const result = await platform.until(() => platform.messages.find(({ key }) => key === `end-${job}`));
    const thumbnails = (first?.versions ?? []).flatMap(({ picture }) => (picture ? [picture.bytes] : []));
    const distinct = new Set(thumbnails.map((bytes) => Buffer.from(bytes).toString('base64')));
    expect(distinct.size).toBeGreaterThanOrEqual(2);
    for (const thumbnail of thumbnails) expect((await sharp(thumbnail).metadata()).format).toBe('jpeg');
    const picture = result.versions[0]?.picture?.bytes as Uint8Array;
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', width: 96, height: 64 });

    await platform.until(() => platform.texts(`status-${job}`)[0]?.startsWith('Painted'));
    const react = (action: string, message: MessageRef = result.ref) =>
      platform.send({ kind: 'action', actor: bob, place: studio, action, message });
    await react('➕');
    const rerun = await platform.until(
      () => platform.messages.filter(({ key }) => key.startsWith('end-'))[2],
    );
    expect(rerun.versions[0]?.mention).toBe('bob');
    expect(rerun.versions[0]?.text).toContain('strength +0.5');
    const again = rerun.versions[0]?.picture?.bytes as Uint8Array;
    expect(Buffer.from(again).equals(Buffer.from(picture))).toBe(false);
    const [details] = await platform.send({
      kind: 'command',
      actor: bob,
      place: studio,
      command: 'result',
      options: { job: rerun.key.slice('end-'.length) },
    });
    expect(details?.text).toContain(`\`${job}\` → `);
    // A warm start makes a fraction of the evaluations.
    expect(Number(details?.text.match(/(\d+) evaluations/)?.[1])).toBeLessThan(evaluations);

    const [lapse] = await react('🎞️');
    expect((await sharp(lapse?.picture?.bytes).metadata()).pages).toBeGreaterThan(3);

    await platform.send({
      kind: 'command',
      actor: admin,
      place: studio,
      command: 'limits',
      subcommand: 'set',
      options: { max_size: 64 },
    });
    await stylize({});
    const limited = platform.messages.at(-1);
    expect(limited?.versions[0]?.text).toContain('The largest size here is 64 px; you asked for 96.');
    await platform.until(() => platform.messages.filter(({ key }) => key.startsWith('end-'))[3]);
    expect(await readdir(path.join(test.folder, 'checkpoints')).catch(() => [])).toEqual([]);
    expect(platform.violations).toEqual([]);
  });

  it.skipIf(skip)('paints a sheet of five strengths, of which one is picked', async () => {
    await using test = await startTestInstance({
      createPainter: (folder) => () => realPainter(folder, entry),
    });
    const { platform } = test;
    await platform.send({
      kind: 'command',
      actor: ann,
      place: studio,
      command: 'stylize',
      options: { content: photo, style_name: 'poppy-wash', size: 64, evaluations: 10, sweep: true },
    });
    const sheet = await platform.until(() => platform.messages.find(({ key }) => key.startsWith('end-')));
    const { width = 0, height = 0 } = await sharp(sheet.versions[0]?.picture?.bytes).metadata();
    expect(width * height).toBeGreaterThan(5 * 64 * 43);
    await platform.until(() => platform.texts('status-')[0]?.startsWith('Painted'));
    await platform.send({ kind: 'action', actor: ann, place: studio, action: '5️⃣', message: sheet.ref });
    const picked = await platform.until(
      () => platform.messages.filter(({ key }) => key.startsWith('end-'))[1],
    );
    expect(picked.versions[0]?.text).toContain('strength +1');
  });
});

describe('a painter that is killed in the middle', () => {
  it('is replaced, and its job goes on to one result', async () => {
    await using test = await startTestInstance({
      createPainter: (folder) => () => realPainter(folder, networks[0]?.entry),
    });
    const { platform } = test;
    await platform.send({
      kind: 'command',
      actor: ann,
      place: studio,
      command: 'stylize',
      options: { content: photo, style: painting, size: 64, evaluations: 400 },
    });
    const status = platform.messages[0];
    await platform.until(() => status?.versions.some(({ picture }) => picture));
    const [pid] = await childrenOf(process.pid, 'tiny-painter');
    process.kill(pid as number, 'SIGKILL');
    const result = await platform.until(() => platform.messages.find(({ key }) => key.startsWith('end-')));
    expect(result.versions[0]?.picture).toBeDefined();
    expect(status?.versions.some(({ text }) => /ended by SIGKILL/.test(text))).toBe(true);
    expect(platform.messages.filter(({ key }) => key.startsWith('end-'))).toHaveLength(1);
  });
});

/** Processes that this one has started, as Linux tells. */
async function childrenOf(parent: number, command: string): Promise<number[]> {
  const list = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
  const pids = list.trim().split(' ').map(Number);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.includes(command));
}
