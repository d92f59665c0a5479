import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DownloadOptions, download } from '../../../src/nst/weights/download.ts';
import type { WeightFile } from '../../../src/nst/weights/manifest.ts';
import {
  anotherPage,
  anotherRange,
  endless,
  hold,
  ignoreRange,
  redirect,
  startWeightsServer,
  status,
  syntheticWeights,
  truncate,
  type WeightsServer,
  wrongBytes,
} from '../../support/weights-server.ts';

const { manifest, files } = syntheticWeights();
const file = manifest.layers[1]?.shards[0] as WeightFile;
const bytes = files.get(file.file) as Buffer;
const half = bytes.length / 2;

let server: WeightsServer;
let folder: string;
let target: string;

beforeEach(async () => {
  // Silence is made to pass by the tests themselves.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server = await startWeightsServer(files);
  folder = await mkdtemp(join(tmpdir(), 'impasto-download-'));
  target = join(folder, file.file);
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
  await rm(folder, { recursive: true });
});

const run = (options: DownloadOptions = {}) =>
  download(new URL(file.file, server.url), target, file, { retryDelaysMs: [0, 0, 0], ...options });

/** Expects the complete file and nothing beside it. */
async function expectComplete(): Promise<void> {
  expect(await readdir(folder)).toEqual([file.file]);
  expect(bytes.equals(await readFile(target))).toBe(true);
}

/** A promise that `onBytes` resolves once so many bytes have been written. */
function received(count: number) {
  let onBytes = (_done: number) => {};
  const promise = new Promise<void>((resolve) => {
    onBytes = (done) => done >= count && resolve();
  });
  return { promise, onBytes };
}

describe('a download', () => {
  it('puts the complete file in place and leaves nothing beside it', async () => {
    await run();
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} 0`]);
  });

  it('reports the bytes that have arrived, up to the last', async () => {
    const onBytes = vi.fn();
    await run({ onBytes });
    expect(onBytes).toHaveBeenNthCalledWith(1, 0);
    expect(onBytes).toHaveBeenLastCalledWith(bytes.length);
  });
});

describe('a download whose connection drops', () => {
  it('continues where it stopped', async () => {
    const arrived = received(half);
    server.answer(file.file, hold(half, arrived.promise));
    await run({ onBytes: arrived.onBytes });
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} 0`, `${file.file} ${half}`]);
  });

  it('starts over when the server ignores where it stopped', async () => {
    const arrived = received(half);
    server.answer(file.file, hold(half, arrived.promise), ignoreRange);
    await run({ onBytes: arrived.onBytes });
    await expectComplete();
  });

  it('continues after an answer that ends early', async () => {
    server.answer(file.file, truncate(1000), truncate(1000));
    await run();
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} 0`, `${file.file} 1000`, `${file.file} 2000`]);
  });

  it('gives up a connection that has been silent for too long', async () => {
    server.answer(file.file, hold(half));
    await run({ stallMs: 30_000, onBytes: (done) => done === half && vi.advanceTimersByTime(30_000) });
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} 0`, `${file.file} ${half}`]);
  });

  it('is patient with a connection that is slow but not silent', async () => {
    let send = () => {};
    server.answer(file.file, ({ response }) => {
      response.write(bytes.subarray(0, 1000));
      send = () => {
        send = () => response.end(bytes.subarray(2000));
        response.write(bytes.subarray(1000, 2000));
      };
    });
    const onBytes = (done: number) => {
      if (done !== 1000 && done !== 2000) return;
      vi.advanceTimersByTime(20_000);
      send();
    };
    await run({ stallMs: 30_000, onBytes });
    await expectComplete();
    expect(server.requests).toHaveLength(1);
  });
});

describe('a download that meets errors', () => {
  it('tries again after errors of the server', async () => {
    server.answer(file.file, status(500), status(503), status(429));
    await run();
    await expectComplete();
  });

  it('gives up when the attempts are used up', async () => {
    server.answer(file.file, status(500), status(500), status(502));
    await expect(run({ retryDelaysMs: [0, 0] })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('the server answered 502'),
      cause: expect.any(Error),
    });
    expect(server.requests).toHaveLength(3);
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not ask again for what the server does not have', async () => {
    server.answer(file.file, status(404));
    await expect(run()).rejects.toMatchObject({
      code: 'download-failed',
      advice: expect.stringContaining('IMPASTO_MODELS_URL'),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('names the reason when there is no connection', async () => {
    const gone = await startWeightsServer(files);
    await gone.close();
    await expect(
      download(new URL(file.file, gone.url), target, file, { retryDelaysMs: [0] }),
    ).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('ECONNREFUSED'),
      cause: expect.any(TypeError),
    });
  });

  it.each([
    ['wrong', wrongBytes],
    ['those of another page', anotherPage],
    ['without end', endless],
  ])('refuses bytes that are %s and keeps none', async (_, answer) => {
    server.answer(file.file, answer, answer, answer, answer);
    await expect(run()).rejects.toMatchObject({ code: 'weights-corrupt' });
    expect(server.requests).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('reports a place that cannot be written to', async () => {
    await writeFile(join(folder, 'file'), '');
    target = join(folder, 'file', 'vgg19', file.file);
    await expect(run()).rejects.toMatchObject({ code: 'not-writable', cause: { code: 'ENOTDIR' } });
  });

  // Only Linux has a device that is always full.
  it.runIf(process.platform === 'linux')('reports a full disk and leaves nothing on it', async () => {
    await symlink('/dev/full', `${target}.partial`);
    await expect(run()).rejects.toMatchObject({ code: 'disk-full', cause: { code: 'ENOSPC' } });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a download that is redirected', () => {
  it('follows to another server on the loopback interface', async () => {
    const mirror = await startWeightsServer(files);
    try {
      server.answer(file.file, redirect(`${mirror.url}${file.file}`));
      await run();
      await expectComplete();
      expect(mirror.requests).toHaveLength(1);
    } finally {
      await mirror.close();
    }
  });

  it.each(['http://mirror.example/file', 'ftp://mirror.example/file', 'http://'])(
    'does not follow to %s',
    async (location) => {
      server.answer(file.file, redirect(location));
      await expect(run()).rejects.toMatchObject({
        code: 'download-failed',
        message: expect.stringContaining(location),
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('gives up when redirects go round in circles', async () => {
    server.answer(file.file, ...Array.from({ length: 20 }, () => redirect(file.file)));
    await expect(run()).rejects.toMatchObject({ code: 'download-failed' });
    expect(server.requests).toHaveLength(6);
  });
});

describe('a download that is aborted', () => {
  it('stops in the middle, and the next one continues', async () => {
    const controller = new AbortController();
    const arrived = received(half);
    server.answer(file.file, hold(half));
    const aborted = run({ signal: controller.signal, onBytes: arrived.onBytes, retryDelaysMs: [] });
    await arrived.promise;
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: { message: 'enough' } });
    expect(await readdir(folder)).toEqual([`${file.file}.partial`]);

    await run();
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} 0`, `${file.file} ${half}`]);
  });

  it('does not wait for its next attempt', async () => {
    const controller = new AbortController();
    // Aborts as soon as the wait has begun, which is when its length has been read.
    const retryDelaysMs: number[] = Object.defineProperty([], 0, {
      get() {
        queueMicrotask(() => controller.abort());
        return 86_400_000;
      },
    });
    server.answer(file.file, status(500));
    await expect(run({ signal: controller.signal, retryDelaysMs })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('does not start when it is aborted already', async () => {
    await expect(run({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(server.requests).toEqual([]);
  });
});

describe('two downloads of one file', () => {
  it('gather their bytes in separate places', async () => {
    const controller = new AbortController();
    const arrived = [received(half), received(half)];
    server.answer(file.file, hold(half), hold(half));
    const both = arrived.map(({ onBytes }) => run({ signal: controller.signal, onBytes }));
    await Promise.all(arrived.map(({ promise }) => promise));
    expect(await readdir(folder)).toHaveLength(2);
    controller.abort();
    await Promise.allSettled(both);
  });
});

describe('what an earlier download has left', () => {
  const partialOf = (host: string, pid: number) => `${target}.${host}-${pid}-0123abcd.partial`;

  it.each([
    ['it does not fit', Buffer.alloc(half)],
    ['it is as long as the file', Buffer.alloc(bytes.length)],
    ['it is longer than the file', Buffer.alloc(bytes.length + 1)],
  ])('is given up when %s', async (_, left) => {
    await writeFile(`${target}.partial`, left);
    await run();
    await expectComplete();
  });

  it.each([
    ['cannot continue it', status(416)],
    ['continues it elsewhere', anotherRange],
  ])('is given up when the server %s', async (_, answer) => {
    await writeFile(`${target}.partial`, bytes.subarray(0, half));
    server.answer(file.file, answer);
    await run();
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} ${half}`, `${file.file} 0`]);
  });

  it('needs no request when it is complete', async () => {
    await writeFile(`${target}.partial`, bytes);
    await run();
    await expectComplete();
    expect(server.requests).toEqual([]);
  });

  it('is continued from the longest piece, and the other pieces are removed', async () => {
    await writeFile(`${target}.partial`, bytes.subarray(0, 100));
    await writeFile(partialOf(hostname(), await endedProcess()), bytes.subarray(0, half));
    await run();
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} ${half}`]);
  });

  it.each([
    ['a process that still runs', () => partialOf(hostname(), process.ppid)],
    ['a process of another machine', () => partialOf('elsewhere', 4_194_304)],
  ])('is not taken from %s', async (_, nameOf) => {
    await writeFile(nameOf(), bytes.subarray(0, half));
    await run();
    expect(server.requests).toEqual([`${file.file} 0`]);
    expect(await readFile(nameOf())).toHaveLength(half);
  });

  it('is taken from whomever when nothing has been added to it for an hour', async () => {
    const path = partialOf('elsewhere', 1);
    await writeFile(path, bytes.subarray(0, half));
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(path, hourAgo, hourAgo);
    await run();
    await expectComplete();
    expect(server.requests).toEqual([`${file.file} ${half}`]);
  });
});

/** The id of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  return child.pid as number;
}
