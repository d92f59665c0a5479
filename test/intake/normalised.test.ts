import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Intake } from '../../src/intake/intake.ts';
import { normalised, normalisingPainter } from '../../src/intake/normalised.ts';
import { packedSize } from '../../src/nst/image/packed-raster.ts';
import type { PaintTask } from '../../src/queue/task.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { decodersHere } from '../support/in-this-process.ts';
import { gradientPicture, packed } from '../support/pictures.ts';

async function open() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-normalised-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const limits = { maxBytes: 1_000_000 };
  const intake = new Intake({ decoders: decodersHere, folder, limits, longerSide: 200, timeLimitMs: 10_000 });
  return { intake, pictures: openPictureFolder(path.join(folder, 'pictures')) };
}

it('a picture that was kept as it came is decoded when it is used, and gives the same each time', async () => {
  const { intake, pictures } = await open();
  const before = await pictures.put(await gradientPicture(96, 64).jpeg().toBuffer());
  const after = await normalised(before, 'ann', pictures, intake);
  expect(packedSize(await pictures.get(after))).toEqual({ width: 96, height: 64, channels: 3 });
  expect(await normalised(before, 'ann', pictures, intake)).toBe(after);
  expect(await normalised(after, 'ann', pictures, intake)).toBe(after);
});

it('a painter is given packed rasters alone: photograph, styles, mask and start', async () => {
  const { intake, pictures } = await open();
  const kept = await pictures.put(await packed(gradientPicture(20, 30)));
  const gallery = await pictures.put(
    await readFile(new URL('../../gallery/poppy-wash.webp', import.meta.url)),
  );
  const result = await pictures.put(await gradientPicture(50, 40).png().toBuffer());
  const given: PaintTask[] = [];
  const painter = normalisingPainter(
    {
      paint: async (task) => {
        given.push(task);
        throw new Error('It was asked to paint.');
      },
      forget: async () => {},
      close: async () => {},
    },
    pictures,
    intake,
  );
  const task: PaintTask = {
    jobId: 'job-1',
    kind: 'painting',
    options: {},
    content: result,
    styles: [gallery, kept],
    mask: result,
    init: result,
  };
  const hooks = { signal: new AbortController().signal, onProgress() {} };
  await expect(painter.paint(task, hooks)).rejects.toThrow('asked to paint');
  const [{ content, styles, mask, init }] = given as [PaintTask];
  expect(styles[1]).toBe(kept);
  for (const hash of [content, ...styles, mask, init]) packedSize(await pictures.get(hash as string));
  await expect(painter.paint({ ...task, init: '0'.repeat(64) }, hooks)).rejects.toMatchObject({
    code: 'picture-gone',
  });
  expect(given).toHaveLength(1);
});
