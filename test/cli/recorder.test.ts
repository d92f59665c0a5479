import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Recorder } from '../../src/cli/recorder.ts';
import type { Picture } from '../../src/nst/image/picture.ts';
import type { Progress } from '../../src/nst/progress.ts';

function plain(width: number, height: number, value: number): Picture {
  return { width, height, rgb: new Float32Array(3 * width * height).fill(value) };
}

function progressAt(iteration: number, picture: Picture): Progress {
  return {
    level: 1,
    levels: 2,
    iteration,
    iterations: 4,
    width: picture.width,
    height: picture.height,
    loss: { total: 1, parts: { content: 0.5, gram: 0.4, tv: 0.1 } },
    elapsedMs: 0,
    remainingMs: 0,
    evaluationMs: 1,
    preview: async () => picture,
    checkpoint: () => new Uint8Array(),
  };
}

describe('Recorder', () => {
  // At 480 pixels, 128×102 would become 480×383 and 512×410 480×384: frames of two sizes that no animation takes.
  it.each(['webp', 'gif'])(
    'brings frames to one size in a %s although levels differ in their proportions',
    async (format) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'impasto-recorder-'));
      try {
        const timelapse = path.join(folder, `film.${format}`);
        const recorder = new Recorder({
          saveEvery: undefined,
          timelapse,
          lossPlot: undefined,
          iterations: 4,
          save: async () => {},
        });
        await recorder.record(progressAt(1, plain(128, 102, 0)));
        await recorder.record(progressAt(3, plain(512, 410, 0.5)));
        await recorder.finish(plain(512, 410, 1));
        const metadata = await sharp(await readFile(timelapse), { pages: -1 }).metadata();
        expect(metadata).toMatchObject({ format, pages: 3, width: 480, pageHeight: 383 });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it('refuses an animation of another format before the work', () => {
    const options = { saveEvery: undefined, lossPlot: undefined, iterations: 4, save: async () => {} };
    expect(() => new Recorder({ ...options, timelapse: 'film.mp4' })).toThrow(
      expect.objectContaining({ code: 'unsupported-format' }),
    );
  });
});
