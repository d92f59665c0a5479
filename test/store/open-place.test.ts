import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPlace } from '../../src/store/open-place.ts';

it('a folder has thumbnails apart from pictures: one that somebody sends as a picture stays when it is removed', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-place-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { pictures, thumbnails } = await openPlace({ type: 'folder', folder });
  const bytes = Buffer.from('a thumbnail');
  const hash = await thumbnails.put(bytes);
  expect(await pictures.has(hash)).toBe(false);
  await pictures.put(bytes);
  await thumbnails.remove(hash);
  expect(Buffer.from(await pictures.get(hash))).toEqual(bytes);
});
