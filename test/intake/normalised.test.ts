import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Painter } from '../../src/core/painter.ts';
import type { PaintTask } from '../../src/core/task.ts';
import { Intake } from '../../src/intake/intake.ts';
import { normalisingPainter, packedPicture } from '../../src/intake/normalised.ts';
import { packedSize } from '../../src/nst/image/packed-raster.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { decodersHere } from '../support/in-this-process.ts';
import { gradientPicture, packed } from '../support/pictures.ts';

async function open() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-normalised-'));
  const kept = await mkdtemp(path.join(os.tmpdir(), 'impasto-kept-'));
  onTestFinished(async () => {
    await rm(folder, { recursive: true });
    await rm(kept, { recursive: true });
  });
  const limits = { maxBytes: 1_000_000 };
  return {
    intake: new Intake({ decoders: decodersHere, folder, limits, timeLimitMs: 10_000 }),
    pictures: openPictureFolder(kept),
    left: () => readdir(folder),
    /** How many pictures are kept. */
    count: async () => (await readdir(kept, { recursive: true })).filter((name) => name.length > 60).length,
  };
}

const ann = { sender: 'ann', longerSide: 200 };
const hooks = { signal: new AbortController().signal, onProgress() {} };

it('a picture that was kept as it came is decoded whenever it is used, and no copy stays', async () => {
  const { intake, pictures, left, count } = await open();
  const hash = await pictures.put(await gradientPicture(96, 64).jpeg().toBuffer());
  for (let time = 0; time < 2; time++) {
    expect(packedSize(await packedPicture(hash, ann, pictures, intake))).toMatchObject({
      width: 96,
      height: 64,
    });
  }
  expect(await left()).toEqual([]);
  expect(await count()).toBe(1);
});

it('a painter is given packed rasters alone: photograph, styles, mask and start; copies go when it has painted', async () => {
  const { intake, pictures, left, count } = await open();
  const kept = await pictures.put(await packed(gradientPicture(20, 30)));
  const gallery = await pictures.put(
    await readFile(new URL('../../gallery/poppy-wash.webp', import.meta.url)),
  );
  const result = await pictures.put(await gradientPicture(500, 400).png().toBuffer());
  const given: PaintTask[] = [];
  const sizes: Record<string, number> = {};
  const inner: Painter = {
    async paint(task) {
      given.push(task);
      for (const [hash, file] of Object.entries(task.packed ?? {})) {
        const { width, height } = packedSize(await readFile(file));
        sizes[hash] = Math.max(width, height);
      }
      throw new Error('It was asked to paint.');
    },
    forget: async () => {},
    close: async () => {},
  };
  const painter = normalisingPainter(inner, pictures, intake, 200);
  const hostile = { [kept]: '/etc/passwd' };
  const task: PaintTask = {
    jobId: 'job-1',
    kind: 'painting',
    options: {},
    content: result,
    styles: [gallery, kept],
    mask: result,
    init: result,
    packed: hostile,
  };
  await expect(painter.paint(task, hooks)).rejects.toThrow('asked to paint');
  expect(given[0]).toMatchObject({ content: result, styles: [gallery, kept] });
  // A painting may be used at twice the size of the photograph.
  expect(sizes).toEqual({ [gallery]: 400, [result]: 200 });
  expect(await left()).toEqual([]);
  expect(await count()).toBe(3);
  await expect(painter.paint({ ...task, init: '0'.repeat(64) }, hooks)).rejects.toMatchObject({
    code: 'picture-gone',
  });
  expect(await left()).toEqual([]);
  expect(given).toHaveLength(1);
});

it('a painter is not given what cannot be decoded, and its requester is told which it is', async () => {
  const { intake, pictures } = await open();
  const words = await pictures.put(Buffer.from('words'));
  const inner = {
    paint: () => Promise.reject(new Error('It was asked.')),
    forget: async () => {},
    close: async () => {},
  };
  const painter = normalisingPainter(inner, pictures, intake, 200);
  const task: PaintTask = { jobId: 'job-1', kind: 'painting', options: {}, content: words, styles: [] };
  await expect(painter.paint(task, hooks)).rejects.toMatchObject({
    code: 'not-a-picture',
    message: expect.stringMatching(/^The photograph: /),
  });
});
