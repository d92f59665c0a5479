import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { serialize } from 'node:v8';
import sharp from 'sharp';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Pictures } from '../../../src/core/pictures.ts';
import { type PaintProgress, type PaintTask, THUMBNAIL_SIDE } from '../../../src/core/task.ts';
import { cachedEngine } from '../../../src/nst/engines/cached.ts';
import type { Engine } from '../../../src/nst/engines/engine.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { ImpastoError } from '../../../src/nst/errors.ts';
import { readParameters } from '../../../src/nst/image/encode.ts';
import { defaultsOf } from '../../../src/nst/method-settings.ts';
import type { StylizeOptions } from '../../../src/nst/settings.ts';
import { type PaintOptions, paintWith } from '../../../src/queue/painting/paint.ts';
import { openCheckpointFolder } from '../../../src/store/checkpoint-folder.ts';
import { encodeCheckpoint } from '../../../src/store/checkpoints.ts';
import { gradientPicture, packed } from '../../support/pictures.ts';
import { loadTinyWeights, TINY } from '../../support/tiny-network.ts';

const engine = cachedEngine(onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 }), {
  maxBytes: 10e6,
});
afterAll(() => engine.dispose());

class MemoryPictures implements Pictures {
  readonly kept = new Map<string, Uint8Array>();

  async get(hash: string): Promise<Uint8Array> {
    const bytes = this.kept.get(hash);
    if (bytes) return bytes;
    throw new ImpastoError('picture-gone', 'It is gone.', { advice: 'Send it again.' });
  }

  async put(bytes: Uint8Array): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex');
    this.kept.set(hash, bytes);
    return hash;
  }
}

/** Two levels, and layers of which few are computed: most of a painting this small is the making of its graphs. */
const small: StylizeOptions = {
  size: 64,
  minSize: 32,
  iterations: 16,
  contentLayers: ['relu1_2'],
  styleLayers: ['relu1_1'],
};

/** A painter with a folder of checkpoints and two pictures of its own. */
async function studio(more: Partial<PaintOptions> = {}) {
  const checkpointFolder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
  onTestFinished(() => rm(checkpointFolder, { recursive: true, force: true }));
  const pictures = new MemoryPictures();
  const content = await pictures.put(await packed(gradientPicture(96, 72)));
  const style = await pictures.put(await packed(gradientPicture(50, 60).negate()));
  const errors: unknown[] = [];
  const paint = paintWith({
    networks: { choose: async () => ({ engine, fallback: false, warnings: [] }) },
    pictures,
    checkpoints: openCheckpointFolder(checkpointFolder),
    checkpointMs: 0,
    progressMs: 0,
    thumbnailMs: 0,
    version: '1.2.3',
    onError: (error) => void errors.push(error),
    ...more,
  });
  const task = (changes: Partial<PaintTask> = {}): PaintTask => ({
    jobId: 'job-1',
    kind: 'painting',
    options: small,
    content,
    styles: [style],
    ...changes,
  });
  /** Paints; stops after so many evaluations, or before the first. */
  const run = async (what: PaintTask = task(), stop: number | 'on activity' = Number.POSITIVE_INFINITY) => {
    const reports: PaintProgress[] = [];
    const controller = new AbortController();
    const painted = paint(what, {
      signal: controller.signal,
      onProgress: (progress) => {
        reports.push(progress);
        if (progress.iteration >= Number(stop)) controller.abort();
      },
      onActivity: () => {
        if (stop === 'on activity') controller.abort();
      },
      onRetire: () => {},
    });
    const outcome = await painted.then(
      (value) => ({ painted: value, error: undefined }),
      (error: unknown) => ({ painted: undefined, error }),
    );
    return { ...outcome, reports };
  };
  /** Paints something that is expected to succeed. */
  const done = async (what?: PaintTask) => {
    const { painted, error, reports } = await run(what);
    if (!painted) throw error;
    return { painted, reports, bytes: await pictures.get(painted.picture) };
  };
  return { checkpointFolder, pictures, errors, task, run, done };
}

describe('painting a task', () => {
  it('keeps the result as a PNG that knows what it was made with', async () => {
    const { done } = await studio();
    const { painted, bytes } = await done();
    expect(painted).toMatchObject({ width: 64, height: 48, size: 64, iterations: 16, warnings: [] });
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 64, height: 48 });
    expect(await readParameters(bytes)).toMatchObject({
      version: '1.2.3',
      iterations: 16,
      settings: { size: 64, styleWeight: defaultsOf('mix').styleWeight },
    });
    const { megapixelEvaluations, ms } = painted.work;
    expect(megapixelEvaluations).toBeGreaterThan((15 * 32 * 24) / 1e6);
    expect(megapixelEvaluations).toBeLessThan((16 * 64 * 48) / 1e6);
    expect(ms).toBeGreaterThan(0);
    expect(painted.painterMs).toBeGreaterThanOrEqual(ms);
  });

  describe('while pictures cannot be kept', () => {
    const away = new ImpastoError('not-writable', 'The store is away.', { advice: 'Wait.' });
    /** A painter whose results cannot be kept so many times. */
    const unlucky = async (times: number, more: Partial<PaintOptions> = {}) => {
      const pictures = new MemoryPictures();
      let left = 0;
      const at = await studio({
        pictures: {
          get: (hash) => pictures.get(hash),
          put: async (bytes) => {
            if (left === 0) return pictures.put(bytes);
            left -= 1;
            throw away;
          },
        },
        keepPauseMs: 1,
        checkpointMs: 1e9,
        ...more,
      });
      for (const [hash, bytes] of at.pictures.kept) pictures.kept.set(hash, bytes);
      left = times;
      const comeBack = () => {
        left = 0;
      };
      return { ...at, kept: pictures.kept, comeBack };
    };

    it('waits for it, with its result', async () => {
      const { run, kept, errors } = await unlucky(3);
      const { painted } = await run();
      expect(kept.has(painted?.picture ?? '')).toBe(true);
      expect(kept.has(painted?.timelapse ?? '')).toBe(true);
      expect(errors).toEqual([away, away, away]);
    });

    it('gives up after some time', async () => {
      const { run } = await unlucky(1000, { keepWithinMs: 5 });
      expect((await run()).error).toBe(away);
    });

    it('can be stopped, and goes on from its last evaluation', async () => {
      const { run, comeBack } = await unlucky(Number.POSITIVE_INFINITY);
      expect((await run(undefined, 16)).error).toMatchObject({ code: 'aborted' });
      comeBack();
      const { painted, reports } = await run();
      expect(painted).toMatchObject({ iterations: 16 });
      expect(reports[0]?.iteration).toBe(16);
    });
  });

  it('says that it had to paint with the compact network, and which one a picture was painted with', async () => {
    const why = 'VGG-19 could not be had.';
    const wishes: string[] = [];
    const networks: PaintOptions['networks'] = {
      choose: async ({ network }) => {
        wishes.push(network);
        return { engine, why, fallback: network === 'auto', warnings: [] };
      },
    };
    const { done, task } = await studio({ networks });
    const { painted, bytes } = await done();
    expect(painted.warnings).toEqual([why]);
    expect(await readParameters(bytes)).toMatchObject({ network: 'tiny', settings: { network: 'auto' } });
    const chosen = await done(task({ jobId: 'job-2', options: { ...small, network: 'compact' } }));
    expect(chosen.painted.warnings).toEqual([]);
    expect(wishes).toEqual(['auto', 'compact']);
  });

  it('shows the painting as it comes to be', async () => {
    const { done } = await studio();
    const { reports } = await done();
    expect(reports[0]).toMatchObject({ level: 1, levels: 2, width: 32, iteration: 1, iterations: 16 });
    expect(reports[0]?.thumbnail).toBeUndefined();
    const thumbnails = reports.flatMap(({ thumbnail }) => (thumbnail ? [Buffer.from(thumbnail)] : []));
    expect(thumbnails.length).toBeGreaterThan(1);
    for (const [i, thumbnail] of thumbnails.entries()) {
      expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'jpeg' });
      expect(thumbnails[i + 1]?.equals(thumbnail) ?? false).toBe(false);
    }
  });

  it('shows a large painting small', async () => {
    const { done, task } = await studio();
    const { reports } = await done(task({ options: { ...small, size: 400, minSize: 400, iterations: 2 } }));
    const [thumbnail] = reports.flatMap((report) => report.thumbnail ?? []);
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: THUMBNAIL_SIDE, height: 288 });
  });

  it('reports the beginning and the first picture at once, and all else seldom', async () => {
    const { done } = await studio({ progressMs: 600_000, thumbnailMs: 600_000 });
    const { reports } = await done();
    expect(reports.map(({ thumbnail }) => thumbnail !== undefined)).toEqual([false, true]);
    expect((reports[1] as PaintProgress).iteration).toBeLessThan(10);
  });

  it('keeps an animation of how it came to be, which ends with the result', async () => {
    const { done, task, pictures } = await studio();
    const { painted, bytes } = await done(task({ options: { ...small, iterations: 100 } }));
    const film = await pictures.get(painted.timelapse as string);
    const { format, pages = 0, pageHeight, width, delay } = await sharp(film, { pages: -1 }).metadata();
    expect({ format, pageHeight, width }).toEqual({ format: 'webp', pageHeight: 48, width: 64 });
    expect(pages).toBeGreaterThan(15);
    expect(pages).toBeLessThanOrEqual(30);
    expect(delay?.at(-1)).toBeGreaterThan(1000);
    const difference = async (page: number) => {
      const [frame, result] = await Promise.all(
        // At a quarter of the size, where what the film's compression loses is not to be seen.
        [sharp(film, { page }), sharp(bytes)].map((image) =>
          image.resize(16, 12).removeAlpha().raw().toBuffer(),
        ),
      );
      return frame?.reduce((sum, value, i) => sum + Math.abs(value - (result?.[i] as number)), 0) as number;
    };
    expect(await difference(pages - 1)).toBeLessThan((await difference(0)) / 3);
  });

  it.each([
    [512, 60],
    [20, 640],
  ])('paints a strip of %i×%i, with its animation and previews', async (width, height) => {
    const { done, task, pictures } = await studio();
    const content = await pictures.put(await packed(gradientPicture(width, height)));
    const { painted, reports } = await done(task({ content }));
    expect(Math.min(painted.width, painted.height)).toBeLessThan(16);
    const film = await sharp(await pictures.get(painted.timelapse as string), { pages: -1 }).metadata();
    expect([film.width, film.pageHeight]).toEqual([painted.width, painted.height]);
    expect(reports.some(({ thumbnail }) => thumbnail !== undefined)).toBe(true);
    const sheet = await done(task({ content, kind: 'sweep', options: { ...small, iterations: 4 } }));
    expect(sheet.painted.width).toBeGreaterThan(0);
  });

  it.each(['photograph', 'style'])('paints although nothing of the %s is to be seen', async (which) => {
    const { done, task, pictures } = await studio();
    const nothing = await pictures.put(await packed(gradientPicture(96, 64).ensureAlpha(0)));
    const { bytes } = await done(task(which === 'style' ? { styles: [nothing] } : { content: nothing }));
    expect((await readParameters(bytes))?.loss).toMatchObject({ total: expect.any(Number) });
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 64, hasAlpha: which === 'photograph' });
  });

  it('has the beginning and the result in the shortest film', async () => {
    const { done, task, pictures } = await studio();
    const { painted } = await done(task({ options: { size: 64, minSize: 64, iterations: 2 } }));
    const film = await pictures.get(painted.timelapse as string);
    expect(await sharp(film, { pages: -1 }).metadata()).toMatchObject({ pages: 2 });
  });

  it('starts from the picture and paints within the mask that a task names', async () => {
    const { done, task, pictures } = await studio();
    const init = await pictures.put(await packed(gradientPicture(64, 48).negate()));
    const half = sharp({ create: { width: 96, height: 72, channels: 3, background: '#000' } });
    const white = await sharp({ create: { width: 48, height: 72, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const mask = await pictures.put(await packed(half.composite([{ input: white, left: 0, top: 0 }])));
    const { bytes } = await done(task({ init, mask, options: { ...small, init: 'picture' } }));
    const reference = await gradientPicture(96, 72).resize(64, 48).raw().toBuffer();
    const result = await sharp(bytes).raw().toBuffer();
    const difference = (left: number) => {
      let sum = 0;
      for (let y = 0; y < 48; y++)
        for (let x = 3 * left; x < 3 * (left + 24); x++) {
          sum += Math.abs((result[y * 192 + x] as number) - (reference[y * 192 + x] as number));
        }
      return sum / (48 * 72);
    };
    expect(difference(40)).toBeLessThan(3);
    expect(difference(0)).toBeGreaterThan(20);
  });

  it('tells of a picture that is gone', async () => {
    const { run, task } = await studio();
    const { error } = await run(task({ styles: ['0'.repeat(64)] }));
    expect(error).toMatchObject({ code: 'picture-gone' });
  });

  it('decodes nothing but packed rasters', async () => {
    const { pictures, run, task } = await studio();
    const foreign = await pictures.put(await gradientPicture(96, 72).png().toBuffer());
    for (const changes of [
      { content: foreign },
      { styles: [foreign] },
      { mask: foreign },
      { init: foreign },
    ]) {
      expect((await run(task(changes))).error).toMatchObject({ code: 'picture-damaged' });
    }
  });
});

describe('a painting that was stopped', () => {
  it('goes on from where it was, to the very picture of an undisturbed one', async () => {
    const { run, done, task } = await studio({ checkpointMs: 600_000 });
    const whole = await done(task({ jobId: 'whole' }));
    for (const stopAfter of [3, 7, 14]) {
      const { error, reports } = await run(task(), stopAfter);
      expect(error).toMatchObject({ code: 'aborted' });
      const reached = (reports.at(-1) as PaintProgress).iteration;
      const { reports: next } = await run(task(), 0);
      expect(next[0]?.iteration).toBe(reached);
    }
    const { painted, bytes } = await done();
    expect(painted.iterations).toBe(16);
    expect(Buffer.from(bytes).equals(whole.bytes)).toBe(true);
  });

  it('shows the picture at once when it goes on, and its film from the beginning', async () => {
    const { run, done, pictures } = await studio();
    await run(undefined, 12);
    const { painted, reports } = await done();
    expect(reports[0]?.thumbnail).toBeDefined();
    const film = await pictures.get(painted.timelapse as string);
    expect((await sharp(film, { pages: -1 }).metadata()).pages).toBeGreaterThan(8);
  });

  it('keeps its checkpoint when it is stopped again before it has gone on', async () => {
    const { run, done, task } = await studio();
    await run(task(), 8);
    const { error, reports } = await run(task(), 'on activity');
    expect(error).toMatchObject({ code: 'aborted' });
    expect(reports).toEqual([]);
    expect((await done()).reports[0]?.iteration).toBeGreaterThanOrEqual(8);
  });

  it.each([
    ['other settings', { options: { ...small, strength: 1 } }],
    ['another kind', { kind: 'sweep' as const }],
  ])('begins anew with %s', async (_, changes) => {
    const { run, done, task } = await studio();
    await run(task(), 8);
    const { reports } = await done(task(changes));
    expect(reports[0]?.iteration).toBe(1);
  });

  it('begins anew when its checkpoint is damaged', async () => {
    const { run, done, checkpointFolder } = await studio();
    await run(undefined, 8);
    const file = path.join(checkpointFolder, 'job-1.checkpoint');
    const bytes = await readFile(file);
    for (const damaged of [
      bytes.subarray(0, bytes.length / 2),
      Buffer.from('no checkpoint'),
      Buffer.alloc(0),
    ]) {
      await writeFile(file, damaged);
      const { painted, reports } = await done();
      expect(reports[0]?.iteration).toBe(1);
      expect(painted.iterations).toBe(16);
    }
  });

  it('begins anew when an earlier version has left its checkpoint', async () => {
    const { run, done, errors, task, checkpointFolder } = await studio();
    const painting = serialize({ format: 'impasto checkpoint 1', painting: '', position: {} });
    const left = encodeCheckpoint(task(), { finished: [], frames: [], painting });
    await writeFile(path.join(checkpointFolder, 'job-1.checkpoint'), Buffer.concat(left));
    const { painted, reports } = await done();
    expect(reports[0]?.iteration).toBe(1);
    expect(painted.iterations).toBe(16);
    expect(errors).toMatchObject([{ code: 'bad-checkpoint' }]);
    // And goes on from its own.
    await run(undefined, 8);
    expect((await done()).reports[0]?.iteration).toBeGreaterThanOrEqual(8);
  });

  it('is painted all the same when no checkpoint can be written', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'a-file');
    await writeFile(file, '');
    const { done, errors } = await studio({
      checkpoints: openCheckpointFolder(path.join(file, 'checkpoints')),
    });
    expect((await done()).painted.iterations).toBe(16);
    expect(errors.length).toBeGreaterThan(0);
  });
});

describe('a job whose id names no checkpoint', () => {
  it.each(['../job', 'A'])('is not painted: %j', async (jobId) => {
    const { run, task } = await studio();
    const { error, reports } = await run(task({ jobId }));
    expect(error).toBeInstanceOf(TypeError);
    expect(reports).toEqual([]);
  });
});

describe('a sweep', () => {
  const sweep = { kind: 'sweep' as const, options: { ...small, iterations: 8, strength: 2.75 } };

  it('paints a labelled sheet of five strengths around the chosen one, within the range', async () => {
    const { done, task } = await studio();
    const { painted, bytes, reports } = await done(task(sweep));
    expect(await readParameters(bytes)).toMatchObject({
      strengths: [1, 1.5, 2, 2.5, 3],
      settings: { strength: 2.75 },
    });
    expect(painted).toMatchObject({ iterations: 40, size: 64 });
    expect(painted.timelapse).toBeUndefined();
    expect(await sharp(bytes).metadata()).toMatchObject({ width: painted.width, height: painted.height });
    expect(painted.width).toBeGreaterThan(2 * 256);
    const iterations = reports.map(({ iteration }) => iteration);
    expect(iterations).toEqual([...iterations].sort((a, b) => a - b));
    expect(reports.at(-1)).toMatchObject({
      level: 10,
      levels: 10,
      iteration: 40,
      iterations: 40,
      remainingMs: 0,
    });
    expect((reports[0] as PaintProgress).remainingMs).toBeGreaterThan(0);
  });

  it('aims each painting at its own strength', async () => {
    const logarithms: number[] = [];
    const spy: Engine = {
      name: engine.name,
      network: engine.network,
      features: (...args) => engine.features(...args),
      nearest: (...args) => engine.nearest(...args),
      compile(objective, ...rest) {
        const weight = (loss: string) => objective.terms.find((term) => term.loss === loss)?.weight as number;
        logarithms.push(Math.log10(weight('gram') / weight('content')));
        return engine.compile(objective, ...rest);
      },
      dispose: () => engine.dispose(),
    };
    const { done, task } = await studio({
      networks: { choose: async () => ({ engine: spy, fallback: false, warnings: [] }) },
    });
    await done(task({ kind: 'sweep', options: { ...small, method: 'gatys', minSize: 64, iterations: 2 } }));
    const steps = logarithms.map((value) => value - (logarithms[2] as number));
    expect(steps.map((step) => step.toFixed(6))).toEqual(
      [-1, -0.5, 0, 0.5, 1].map((step) => step.toFixed(6)),
    );
  });

  it('goes on with the painting at which it was stopped, to the very same sheet', async () => {
    const { run, done, task } = await studio();
    const whole = await done(task({ ...sweep, jobId: 'whole' }));
    const { error } = await run(task(sweep), 20);
    expect(error).toMatchObject({ code: 'aborted' });
    const { painted, reports } = await done(task(sweep));
    expect(reports[0]?.iteration).toBeGreaterThanOrEqual(20);
    expect(painted.picture).toBe(whole.painted.picture);
  });

  it('takes no finished painting from a checkpoint of other settings', async () => {
    const { run, done, task } = await studio();
    await run(task(sweep), 20);
    const { reports } = await done(task({ ...sweep, options: { ...sweep.options, strength: 0 } }));
    expect(reports[0]?.iteration).toBe(1);
  });
});
