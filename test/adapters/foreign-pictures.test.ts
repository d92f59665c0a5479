import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Instance, startInstance } from '../../src/main/instance.ts';
import { createLog } from '../../src/ops/log.ts';
import { type DiscordInstance, startDiscordInstance } from '../support/discord-stage.ts';
import { type ForeignCase, foreignCases } from '../support/foreign-cases.ts';
import { decodersHere, imagesHere } from '../support/in-this-process.ts';
import { StudioVisitor, studioIn } from '../support/studio.ts';

/** What is answered to somebody who wants to have a style of a file's picture, as its kind deserves. */
function expectRight({ name, notice, refusal }: ForeignCase, answer: string): void {
  if (refusal) {
    expect(answer).toMatch(new RegExp(`painting [\`‘]${name}`));
    expect(answer).toMatch(refusal);
    return;
  }
  expect(answer).toMatch(/^Kept: /);
  if (notice) {
    expect(answer).toMatch(new RegExp(`painting [\`‘]${name}`));
    expect(answer).toMatch(notice);
  } else expect(answer.split('\n')).toHaveLength(1);
}

describe('a picture sent in Discord', () => {
  let test: DiscordInstance;
  beforeAll(async () => {
    test = await startDiscordInstance();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it.each(foreignCases)('gets what is right for it: $name', async (file) => {
    const asked = await test.ann.slash(test.channel, 'styles', { picture: file }, 'use');
    expectRight(file, (await asked.reply()).content);
    expect(test.server.violations).toEqual([]);
  });
});

describe('a picture sent in the studio', () => {
  let folder: string;
  let instance: Instance;
  let ann: StudioVisitor;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-foreign-'));
    const adapter = studioIn(path.join(folder, 'studio'));
    instance = await startInstance({
      config: readConfig({ IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off', IMPASTO_PAINTERS: '1' }, 'no.env'),
      adapters: [adapter],
      log: createLog({ level: 'silent' }),
      createPainter: () => ({
        paint: () => new Promise(() => {}),
        forget: async () => {},
        close: async () => {},
      }),
      decoders: decodersHere,
      images: imagesHere,
    });
    ann = await StudioVisitor.enter(adapter.url ?? '');
  });
  afterAll(async () => {
    await instance.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(foreignCases)('gets what is right for it: $name', async (file) => {
    const picture = await ann.upload(file.content, file.name);
    const { body } = await ann.command('styles', {}, { subcommand: 'use', uploads: { picture } });
    expectRight(file, body.replies[0].text);
  });
});
