import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Checkpoint } from '../../src/core/checkpoints.ts';
import { openBucket } from '../../src/store/bucket.ts';
import type { OpenedPlace } from '../../src/store/places.ts';
import { openS3Pictures } from '../../src/store/s3-pictures.ts';
import { openS3Place } from '../../src/store/s3-place.ts';
import { credentials, S3Server } from '../support/s3.ts';
import { checkpointsContract } from './checkpoints/contract.ts';
import { checkpoint, task } from './checkpoints/records.ts';
import { hashOf } from './contract/records.ts';
import { describePictures } from './pictures-contract.ts';

const DAY = 86_400_000;
let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterEach(() => {
  server.calm();
  server.objects.clear();
  server.requests.length = 0;
});
afterAll(() => server.close());

const open = (prefix = 'impasto/') => openS3Place(server.place(prefix), credentials);
const keyOf = (hash: string) => `impasto/pictures/${hash}`;
const objectOf = (hash: string) => {
  const found = server.objects.get(keyOf(hash));
  if (!found) throw new Error(`There is no ${hash}`);
  return found;
};

describePictures('an S3 store', async () => ({
  pictures: open().pictures,
  again: () => open().pictures,
  kept: async () => [...server.objects.keys()].map((key) => key.slice(keyOf('').length)),
  // A picture may have been used for up to a day after its mark.
  async setUsed(hash, time) {
    objectOf(hash).modifiedAt = time - DAY;
  },
  async damage(hash, bytes) {
    server.objects.set(keyOf(hash), { ...objectOf(hash), bytes: Buffer.from(bytes) });
  },
  async inflate(hash, bytes) {
    server.objects.set(keyOf(hash), { bytes: Buffer.alloc(bytes), etag: '"x"', modifiedAt: Date.now() });
  },
  lastUse: async (hash) => objectOf(hash).modifiedAt + DAY,
  vagueMs: DAY,
  dispose: async () => {},
}));

checkpointsContract('an S3 store', async () => open().checkpoints);

describe('an S3 store', () => {
  let at: OpenedPlace;
  beforeEach(() => {
    at = open();
  });
  const put = (content: string) => at.pictures.put(Buffer.from(content));

  it('has pictures, checkpoints and thumbnails under its prefix, and touches nothing else', async () => {
    for (const other of ['impasto2/pictures/x', 'README', 'impasto/notes']) {
      server.objects.set(other, { bytes: Buffer.from('x'), etag: '"x"', modifiedAt: 0 });
    }
    const hash = await put('photograph');
    await at.checkpoints.write(task('a'), checkpoint);
    await at.thumbnails.put(Buffer.from('photograph'));
    expect([...server.objects.keys()].sort()).toEqual([
      'README',
      'impasto/checkpoints/a.checkpoint',
      'impasto/notes',
      keyOf(hash),
      `impasto/thumbnails/${hash}`,
      'impasto2/pictures/x',
    ]);
    await at.pictures.clean({ retentionMs: 0, maxBytes: 0, keep: () => false, now: Date.now() + 3 * DAY });
    await at.checkpoints.keep(async () => new Set());
    await at.thumbnails.remove(hash);
    expect([...server.objects.keys()].sort()).toEqual(['README', 'impasto/notes', 'impasto2/pictures/x']);
  });

  it('is asked once for a picture of today, and marks an older one as used', async () => {
    const hash = await put('photograph');
    server.requests.length = 0;
    await at.pictures.get(hash);
    expect(server.requests).toEqual([`GET ${keyOf(hash)}`]);
    objectOf(hash).modifiedAt -= 2 * DAY;
    await at.pictures.get(hash);
    expect(server.requests.slice(1)).toEqual([`GET ${keyOf(hash)}`, `PUT ${keyOf(hash)}`]);
    expect(Date.now() - objectOf(hash).modifiedAt).toBeLessThan(DAY);
    expect(Buffer.from(await at.pictures.get(hash)).toString()).toBe('photograph');
  });

  it('gives a picture that cannot be marked', async () => {
    const hash = await put('photograph');
    objectOf(hash).modifiedAt -= 2 * DAY;
    server.make({ method: 'PUT', how: { status: 403, code: 'AccessDenied' } });
    expect(Buffer.from(await at.pictures.get(hash)).toString()).toBe('photograph');
  });

  it('is cleaned of more pictures than it lists at once', async () => {
    for (let index = 0; index < 2500; index += 1) {
      const bytes = Buffer.from('x');
      server.objects.set(keyOf(hashOf(String(index))), { bytes, etag: '"x"', modifiedAt: index * 1000 });
    }
    const { removed } = await at.pictures.clean({ retentionMs: 1e15, maxBytes: 2490, keep: () => false });
    expect(removed).toEqual(Array.from({ length: 10 }, (_, index) => hashOf(String(index))));
    expect(server.requests.filter((request) => request === 'GET ')).toHaveLength(3);
  });

  it.each(['cut', { status: 503, code: 'SlowDown' }, { status: 500, code: 'InternalError' }] as const)(
    'that stumbles (%j) is asked again',
    async (how) => {
      server.make({ how, times: 2 });
      const hash = await put('photograph');
      server.make({ how, times: 2 });
      expect(Buffer.from(await at.pictures.get(hash)).toString()).toBe('photograph');
      server.make({ how, times: 2 });
      await at.checkpoints.write(task('a'), checkpoint);
      server.make({ how, times: 2 });
      expect(await at.checkpoints.read(task('a'))).toEqual(checkpoint);
      server.make({ how, times: 2 });
      expect(await at.pictures.has(hash)).toBe(true);
    },
  );

  it('takes a file that stumbles on its way from its first byte on', async () => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'impasto-file-')), 'file');
    onTestFinished(() => rm(path.dirname(file), { recursive: true, force: true }));
    const bytes = randomBytes(5_000_000);
    await writeFile(file, bytes);
    server.make({ method: 'PUT', how: 'cut', times: 2 });
    const hash = await at.pictures.putFile(file);
    expect(Buffer.from(await at.pictures.get(hash)).equals(bytes)).toBe(true);
  });

  it.each([
    ['has no room left', { status: 507, code: 'XMinioStorageFull' }, 'disk-full'],
    ['refuses', { status: 403, code: 'AccessDenied' }, 'not-writable'],
  ])('that %s takes no file and no checkpoint, and says so', async (_, how, code) => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'impasto-file-')), 'file');
    onTestFinished(() => rm(path.dirname(file), { recursive: true, force: true }));
    await writeFile(file, 'photograph');
    server.make({ how, times: 1000 });
    await expect(at.pictures.putFile(file)).rejects.toMatchObject({ name: 'ImpastoError', code });
    const written = at.checkpoints.write(task('a'), checkpoint);
    await expect(written).rejects.toMatchObject({ name: 'ImpastoError', code });
    expect(await readdir(path.dirname(file))).toEqual([]);
    expect(server.objects.size).toBe(0);
  });

  it('that breaks off in the middle of an answer is asked again', async () => {
    const bytes = Buffer.alloc(300_000, 'p');
    const hash = await at.pictures.put(bytes);
    server.make({ method: 'GET', how: 'cut in the middle', times: 2 });
    expect(Buffer.from(await at.pictures.get(hash)).equals(bytes)).toBe(true);
  });

  it('that falls silent is asked again', async () => {
    const pictures = openS3Pictures(openBucket(server.place('impasto/'), credentials, 200).under('pictures'));
    const hash = await put('photograph');
    server.make({ method: 'GET', how: 'silence' });
    expect(Buffer.from(await pictures.get(hash)).toString()).toBe('photograph');
  });

  it('takes a checkpoint of many parts and megabytes as it is', async () => {
    const large = { ...checkpoint, painting: Buffer.alloc(9_000_000, 'numbers') };
    await at.checkpoints.write(task('a'), large);
    const { painting, ...rest } = (await at.checkpoints.read(task('a'))) as Checkpoint;
    expect(large.painting.equals(painting)).toBe(true);
    expect(rest).toEqual({ finished: checkpoint.finished, frames: checkpoint.frames });
  });

  it.each([
    ['refuses', { status: 403, code: 'AccessDenied' }, 'not-writable', 'not-readable'],
    ['has no room left', { status: 507, code: 'XMinioStorageFull' }, 'disk-full', 'not-readable'],
    ['has used its quota up', { status: 403, code: 'QuotaExceeded' }, 'disk-full', 'not-readable'],
  ])('that %s says so, in words of no address', async (_, how, writing, reading) => {
    const hash = await put('photograph');
    server.make({ how, times: 1000 });
    const failures = [
      put('painting'),
      at.pictures.get(hash),
      at.pictures.has(hash),
      at.pictures.remove(hash),
    ];
    const said = await Promise.all(
      failures.map((failure) => Promise.resolve(failure).catch((error) => error)),
    );
    server.calm();
    expect(said.map(({ name, code }) => [name, code])).toEqual(
      [writing, reading, reading, writing].map((code) => ['ImpastoError', code]),
    );
    for (const { message, advice } of said) expect(message + advice).not.toMatch(/127\.0\.0\.1|pictures\//);
    expect(inspect(said, { depth: 9, showHidden: true })).not.toContain(credentials.secretAccessKey);
  });

  it('without the bucket is no store from which a picture is gone', async () => {
    const { pictures } = openS3Place({ ...server.place(), bucket: 'nowhere' }, credentials);
    await expect(pictures.get(hashOf('photograph'))).rejects.toMatchObject({ code: 'not-readable' });
    await expect(pictures.put(Buffer.from('photograph'))).rejects.toMatchObject({ code: 'not-writable' });
  });

  it('knows who asks', async () => {
    const { pictures } = openS3Place(server.place(), { ...credentials, secretAccessKey: 'wrong' });
    await expect(pictures.put(Buffer.from('photograph'))).rejects.toMatchObject({ code: 'not-writable' });
  });
});
