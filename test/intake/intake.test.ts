import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Intake, type IntakeOptions, type PictureSource } from '../../src/intake/intake.ts';
import type { NormaliseRequest } from '../../src/intake/protocol.ts';
import { unpackRaster } from '../../src/nst/image/packed-raster.ts';
import { ProcessLost } from '../../src/processes/child.ts';
import { decodersHere } from '../support/in-this-process.ts';
import { gradientPicture } from '../support/pictures.ts';

const photo = await gradientPicture(90, 60).png().toBuffer();

const of = (sender: string) => ({ sender, longerSide: 60 });

function sourceOf(bytes: Uint8Array, told?: number): PictureSource & { fetched: number } {
  const source = {
    fetched: 0,
    ...(told !== undefined && { bytes: told }),
    async *fetch() {
      source.fetched += 1;
      yield bytes;
    },
  };
  return source;
}

async function open(options: Partial<IntakeOptions> = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-intake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const intake = new Intake({
    decoders: decodersHere,
    folder,
    limits: { maxBytes: 1_000_000 },
    timeLimitMs: 10_000,
    ...options,
  });
  return { intake, folder, left: () => readdir(folder) };
}

/** Decoders whose answers a test gives. */
function scripted() {
  const waiting: { request: NormaliseRequest; answer(answer: unknown): void; fail(error: Error): void }[] =
    [];
  let notify = () => {};
  return {
    decoders: {
      run: (request: NormaliseRequest) =>
        new Promise<unknown>((resolve, reject) => {
          waiting.push({ request, answer: resolve, fail: reject });
          notify();
        }),
      close: async () => {},
    },
    /** The next that is asked for. */
    async next() {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
      return waiting.shift() as NonNullable<(typeof waiting)[0]>;
    },
    get waiting() {
      return waiting.length;
    },
  };
}

const decoded = { size: { width: 90, height: 60 }, hash: '0'.repeat(64), notices: [] };

describe('the intake', () => {
  it('decodes a picture, reduces it, and says what its file is called', async () => {
    const { intake, left } = await open();
    const taken = await intake.take(sourceOf(photo), of('ann'));
    expect(taken).toMatchObject({ size: { width: 90, height: 60 }, notices: [] });
    const bytes = await readFile(taken.file);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(taken.hash);
    expect(await unpackRaster(bytes)).toMatchObject({ width: 60, height: 40, channels: 3 });
    expect(await left()).toEqual([path.basename(taken.file)]);
    await taken.discard();
    expect(await left()).toEqual([]);
  });

  it('gives the same picture the same name', async () => {
    const { intake } = await open();
    const [one, two] = await Promise.all([
      intake.take(sourceOf(photo), of('ann')),
      intake.take(sourceOf(photo), of('bob')),
    ]);
    expect(one.hash).toBe(two.hash);
    expect(one.file).not.toBe(two.file);
  });

  it('fetches nothing that is said to be too large', async () => {
    const { intake, left } = await open();
    const source = sourceOf(photo, 1_000_001);
    await expect(intake.take(source, of('ann'))).rejects.toMatchObject({ code: 'picture-too-large' });
    expect(source.fetched).toBe(0);
    expect(await left()).toEqual([]);
  });

  const failing: [string, () => AsyncIterable<Uint8Array>, string][] = [
    ['is no picture', () => sourceOf(Buffer.from('words')).fetch(1, AbortSignal.abort()), 'not-a-picture'],
    [
      'breaks off while it comes',
      async function* () {
        yield photo.subarray(0, 100);
        throw new Error('a secret address');
      },
      'download-failed',
    ],
  ];
  it.each(failing)('leaves nothing of what %s', async (_, fetch, code) => {
    const { intake, left } = await open();
    const error = await intake.take({ fetch }, of('ann')).catch((each) => each);
    expect(error).toMatchObject({ code });
    expect(error.message).not.toContain('secret');
    expect(await left()).toEqual([]);
  });

  it('says so when its folder cannot be written to', async () => {
    const { intake, folder } = await open();
    await rm(folder, { recursive: true });
    await expect(intake.take(sourceOf(photo), of('ann'))).rejects.toMatchObject({ code: 'not-writable' });
  });

  it('takes nothing for true that a decoder cannot have meant', async () => {
    const { decoders, next } = scripted();
    const { intake, left } = await open({ decoders });
    for (const answer of [
      { ...decoded, hash: '../../etc' },
      { ...decoded, size: { width: -1, height: 1 } },
      undefined,
    ]) {
      const taking = intake.take(sourceOf(photo), of('ann'));
      (await next()).answer(answer);
      await expect(taking).rejects.toMatchObject({ code: 'picture-undecodable' });
    }
    expect(await left()).toEqual([]);
  });

  it.each([
    ['time', 'picture-undecodable', /longer than 10 s/],
    ['memory', 'picture-undecodable', /too much memory/],
    ['crash', 'picture-undecodable', /damaged/],
    ['start', 'process-failed', /at the moment/],
  ] as const)('tells why a process was lost over a picture: %s', async (reason, code, message) => {
    const { decoders, next } = scripted();
    const { intake, left } = await open({ decoders });
    const taking = intake.take(sourceOf(photo), of('ann'));
    (await next()).fail(new ProcessLost(reason, 'It ended.'));
    await expect(taking).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await left()).toEqual([]);
  });
});

describe('pictures that come at once', () => {
  it('are decoded one after the other for one sender, and beside them for another', async () => {
    const { decoders, next } = scripted();
    const { intake } = await open({ decoders });
    const hostile = Array.from({ length: 20 }, () => intake.take(sourceOf(photo), of('mallory')));
    const first = await next();
    const mine = intake.take(sourceOf(photo), of('ann'));
    (await next()).answer({ ...decoded, hash: 'a'.repeat(64) });
    expect((await mine).hash).toBe('a'.repeat(64));
    first.answer(decoded);
    for (let answered = 1; answered < hostile.length; answered++) (await next()).answer(decoded);
    await Promise.all(hostile);
  });

  it('wait in bounded numbers, of one sender and in all, but for what has been accepted', async () => {
    const { decoders, next } = scripted();
    const { intake } = await open({ decoders, atOnce: { ofOne: 2, ofAll: 3 } });
    const take = (sender: string, accepted = false) =>
      intake.take(sourceOf(photo), { ...of(sender), accepted });
    const taken = [take('ann'), take('ann')];
    await expect(take('ann')).rejects.toMatchObject({ code: 'over-limit' });
    taken.push(take('bob'));
    await expect(take('eve')).rejects.toMatchObject({ code: 'queue-full' });
    taken.push(take('eve', true), take('ann', true));
    for (let answered = 0; answered < 5; answered++) (await next()).answer(decoded);
    await Promise.all(taken);
    const late = take('eve');
    (await next()).answer(decoded);
    await late;
  });
});

describe('decoding that is stuck', () => {
  it('is a problem when nothing has come of it for a minute, until something does', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { decoders, next } = scripted();
    const { intake } = await open({ decoders });
    vi.advanceTimersByTime(600_000);
    const taking = [intake.take(sourceOf(photo), of('ann')), intake.take(sourceOf(photo), of('bob'))];
    const [first, second] = [await next(), await next()];
    expect(intake.problem).toBeUndefined();
    vi.advanceTimersByTime(61_000);
    expect(intake.problem).toMatch(/not being decoded/);
    first.answer(decoded);
    await Promise.race(taking);
    expect(intake.problem).toBeUndefined();
    second.answer(decoded);
    await Promise.all(taking);
    vi.advanceTimersByTime(600_000);
    expect(intake.problem).toBeUndefined();
  });

  it('is a problem when processes do not even start, until one does', async () => {
    const { decoders, next } = scripted();
    const { intake } = await open({ decoders });
    const take = async (settle: (decoding: Awaited<ReturnType<typeof next>>) => void) => {
      const taking = intake.take(sourceOf(photo), of('ann')).catch(() => {});
      settle(await next());
      await taking;
    };
    for (let time = 0; time < 3; time++) {
      expect(intake.problem).toBeUndefined();
      await take(({ fail }) => fail(new ProcessLost('start', 'It ended.')));
    }
    expect(intake.problem).toMatch(/not being decoded/);
    await take(({ answer }) => answer(decoded));
    expect(intake.problem).toBeUndefined();
  });
});
