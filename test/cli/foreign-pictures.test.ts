import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSources } from '../../src/cli/sources.ts';
import { readConfig } from '../../src/config.ts';
import { parseSettings } from '../../src/nst/settings.ts';
import { foreignCases } from '../support/foreign-cases.ts';

describe('a picture given to the command line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-foreign-'));
    await Promise.all(foreignCases.map(({ name, content }) => writeFile(path.join(folder, name), content)));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(foreignCases)('gets what is right for it: $name', async ({ name, notice, refusal }) => {
    const file = path.join(folder, name);
    let told = '';
    const stderr = { write: (text: string) => (told += text) };
    const files = {
      content: file,
      styles: [path.join(folder, 'good.jpg')],
      init: undefined,
      mask: undefined,
    };
    const settings = parseSettings({ size: 160 }, 1);
    const read = readSources(files, settings, { config: readConfig({}, 'no.env'), stderr: stderr as never });
    if (refusal) {
      const error = await read.catch((each) => each);
      expect(`${error.message} ${error.advice}`).toMatch(refusal);
      expect(error.message).toContain(`The photograph ${file}`);
      return;
    }
    const { content } = await read;
    expect(content.rgb.every((value) => value >= 0 && value <= 1)).toBe(true);
    if (notice) {
      expect(told).toMatch(notice);
      expect(told).toContain(`The photograph ${file}`);
    } else expect(told).toBe('');
  });
});
