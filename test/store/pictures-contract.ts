import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineFile, MAX_PICTURE_BYTES, type PictureStore } from '../../src/store/pictures.ts';
import { hashOf } from './contract/records.ts';

/** Pictures in a place of a test's own. */
export interface OpenedPictures {
  readonly pictures: PictureStore;
  /** The same place, opened by another process. */
  again(): PictureStore;
  /** What is kept, by hash. */
  kept(): Promise<string[]>;
  /** Makes a picture look as if it had been used last at a time, in milliseconds since 1970. */
  setUsed(hash: string, time: number): Promise<void>;
  /** Puts bytes in a picture's place, past the store. */
  damage(hash: string, bytes: Uint8Array): Promise<void>;
  /** Puts so many zeros in a picture's place, which may be empty. */
  inflate(hash: string, bytes: number): Promise<void>;
  /** The latest time at which a picture may have been used last. */
  lastUse(hash: string): Promise<number>;
  /** For how long a picture may be used without being marked, in milliseconds. */
  readonly vagueMs: number;
  dispose(): Promise<void>;
}

const DAY = 86_400_000;
/** Long before any clock that looks at the tests. */
const NOW = 1_700_000_000_000;

/** What holds for every place of pictures. */
export function describePictures(name: string, open: () => Promise<OpenedPictures>): void {
  describe(`pictures in ${name}`, () => {
    let at: OpenedPictures;
    beforeEach(async () => {
      at = await open();
    });
    afterEach(() => at.dispose());
    const put = (content: string) => at.pictures.put(Buffer.from(content));
    const text = async (hash: string) => Buffer.from(await at.pictures.get(hash)).toString();

    describe('a picture', () => {
      it('is kept under the SHA-256 of its bytes and read back as it was', async () => {
        const bytes = randomBytes(100_000);
        const hash = await at.pictures.put(bytes);
        expect(await put('photograph')).toBe(hashOf('photograph'));
        expect(Buffer.from(await at.pictures.get(hash)).equals(bytes)).toBe(true);
        expect(await at.again().has(hash)).toBe(true);
      });

      it('is kept once, however often and by however many at once', async () => {
        const hashes = await Promise.all(
          Array.from({ length: 20 }, () => at.again().put(Buffer.from('photograph'))),
        );
        expect(new Set(hashes)).toEqual(new Set([hashOf('photograph')]));
        expect(await at.kept()).toHaveLength(1);
        expect(await text(hashOf('photograph'))).toBe('photograph');
      });

      it.each<[string, (hash: string) => Promise<unknown>]>([
        ['read', (hash) => at.pictures.get(hash)],
        ['kept again', () => put('photograph')],
      ])('is marked as used when it is %s', async (_, use) => {
        const hash = await put('photograph');
        await at.setUsed(hash, 1_000_000);
        await use(hash);
        expect(await at.lastUse(hash)).toBeGreaterThan(1_000_000);
      });

      it('is not marked as used when somebody only asks whether it is there', async () => {
        const hash = await put('photograph');
        await at.setUsed(hash, 1_000_000);
        await at.pictures.has(hash);
        expect(await at.lastUse(hash)).toBe(1_000_000);
      });

      it('is gone once it has been removed, which does no harm twice', async () => {
        const hash = await put('photograph');
        await at.pictures.remove(hash);
        await at.pictures.remove(hash);
        expect(await at.pictures.has(hash)).toBe(false);
        await expect(at.pictures.get(hash)).rejects.toMatchObject({
          name: 'ImpastoError',
          code: 'picture-gone',
        });
      });

      it('is gone where there is none yet', async () => {
        expect(await at.pictures.has(hashOf('photograph'))).toBe(false);
        await expect(at.pictures.get(hashOf('photograph'))).rejects.toMatchObject({ code: 'picture-gone' });
        const everything = { retentionMs: 0, maxBytes: 0, keep: () => false };
        expect(await at.pictures.clean(everything)).toEqual({ removed: [], bytes: 0, left: 0 });
      });

      it('has a size, or none where it is not', async () => {
        const hash = await put('photograph');
        expect(await at.pictures.size(hash)).toBe(10);
        expect(await at.pictures.size(hashOf('painting'))).toBeUndefined();
        expect(await at.pictures.size('../secret')).toBeUndefined();
      });

      it.each([
        ['changed', 'phot0graph'],
        ['cut', 'photo'],
        ['continued', 'photographs'],
        ['emptied', ''],
      ])('that somebody has %s is refused, and whole again once it is kept anew', async (_, content) => {
        const hash = await put('photograph');
        await at.damage(hash, Buffer.from(content));
        await expect(at.pictures.get(hash)).rejects.toMatchObject({
          name: 'ImpastoError',
          code: 'picture-damaged',
        });
        await put('photograph');
        expect(await text(hash)).toBe('photograph');
      });

      it('in whose place somebody has put more than any picture has is not read', async () => {
        // Even where it has the right name.
        const hash = hashOf(Buffer.alloc(MAX_PICTURE_BYTES + 1));
        await at.inflate(hash, MAX_PICTURE_BYTES + 1);
        await expect(at.pictures.get(hash)).rejects.toMatchObject({ code: 'picture-damaged' });
      });

      it('is removed as idle unless it has been kept or marked since', async () => {
        const hash = await put('photograph');
        await at.setUsed(hash, NOW);
        const marked = (await at.lastUse(hash)) - at.vagueMs;
        expect(await at.pictures.removeIdle(hash, marked - 1000)).toBe('used');
        expect(await text(hash)).toBe('photograph');
        await at.setUsed(hash, NOW);
        expect(await at.pictures.removeIdle(hash, marked)).toBe('removed');
        expect(await at.pictures.removeIdle(hash, marked)).toBe('missing');
        expect(await at.pictures.removeIdle('../secret', marked)).toBe('missing');
        expect(await at.kept()).toEqual([]);
      });

      it.each([
        ['a way out of the folder', '../secret'],
        ['a way out behind digits', `aa/../../../secret`],
        ['an absolute path', '/etc/passwd'],
        ['nothing', ''],
        ['a hash that is too short', hashOf('photograph').slice(1)],
        ['a hash with a line end', `${hashOf('photograph')}\n`],
        ['a hash in capitals', hashOf('photograph').toUpperCase()],
      ])('has no name like %s', async (_, name) => {
        await put('photograph');
        await expect(at.pictures.get(name)).rejects.toMatchObject({ code: 'picture-gone' });
        expect(await at.pictures.has(name)).toBe(false);
        await at.pictures.remove(name);
        expect(await text(hashOf('photograph'))).toBe('photograph');
      });
    });

    describe('a file', () => {
      let folder: string;
      beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), 'impasto-file-'));
      });
      afterEach(() => rm(folder, { recursive: true, force: true }));
      const fileWith = async (bytes: Uint8Array) => {
        const file = path.join(folder, randomUUID());
        await writeFile(file, bytes);
        await utimes(file, 1, 1);
        return file;
      };

      it('is kept as a picture, and gone', async () => {
        const bytes = randomBytes(3_000_000);
        const file = await fileWith(bytes);
        const hash = await at.pictures.putFile(file);
        expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
        expect(Buffer.from(await at.again().get(hash)).equals(bytes)).toBe(true);
        expect(await at.kept()).toEqual([hash]);
        expect(await readdir(folder)).toEqual([]);
      });

      it('that has been examined is not read for its name again', async () => {
        const file = await fileWith(Buffer.from('photograph'));
        const examined = await examineFile(file);
        expect(examined).toEqual({ hash: hashOf('photograph'), bytes: 10 });
        expect(await at.pictures.putFile(file, examined)).toBe(hashOf('photograph'));
        expect(await text(hashOf('photograph'))).toBe('photograph');
      });

      it('with a picture that is kept already marks that as used, and makes it whole', async () => {
        const hash = await put('photograph');
        await at.damage(hash, Buffer.from('phot0graph'));
        await at.setUsed(hash, 1_000_000);
        expect(await at.pictures.putFile(await fileWith(Buffer.from('photograph')))).toBe(hash);
        expect(await at.lastUse(hash)).toBeGreaterThan(1_000_000);
        expect(await at.kept()).toEqual([hash]);
        expect(await text(hash)).toBe('photograph');
      });

      it('is kept once, however many have it at once', async () => {
        const files = await Promise.all(
          Array.from({ length: 10 }, () => fileWith(Buffer.from('photograph'))),
        );
        await Promise.all(files.map((file) => at.again().putFile(file)));
        expect(await at.kept()).toEqual([hashOf('photograph')]);
        expect(await text(hashOf('photograph'))).toBe('photograph');
      });

      it('that is larger than any picture may be is refused, and gone', async () => {
        const file = await fileWith(Buffer.from('photograph'));
        await truncate(file, MAX_PICTURE_BYTES + 1);
        await expect(at.pictures.putFile(file)).rejects.toMatchObject({ code: 'picture-too-large' });
        expect(await at.kept()).toEqual([]);
        expect(await readdir(folder)).toEqual([]);
      });

      it('that is not there cannot be read', async () => {
        const missing = path.join(folder, 'missing');
        await expect(at.pictures.putFile(missing)).rejects.toMatchObject({ code: 'not-readable' });
      });
    });

    describe('cleaning', () => {
      /** Keeps pictures of a byte for each day since their last use, up to NOW. */
      async function keepAged(...days: number[]): Promise<string[]> {
        const hashes: string[] = [];
        for (const age of days) {
          const hash = await put(String(age).padEnd(age, '.'));
          await at.setUsed(hash, NOW - age * DAY);
          hashes.push(hash);
        }
        return hashes;
      }
      const clean = (options: Partial<Parameters<PictureStore['clean']>[0]>) =>
        at.pictures.clean({
          retentionMs: 1000 * DAY,
          maxBytes: 1e9,
          keep: () => false,
          now: NOW,
          ...options,
        });

      it('removes pictures unused for longer than the retention', async () => {
        const [ten, eleven, twelve] = await keepAged(10, 11, 12);
        expect(await clean({ retentionMs: 10 * DAY })).toEqual({
          removed: [twelve, eleven],
          bytes: 23,
          left: 10,
        });
        expect(await at.kept()).toEqual([ten]);
        expect(await at.pictures.has(eleven as string)).toBe(false);
      });

      it('then removes the least recently used ones until the rest fits', async () => {
        const [ten, twenty, thirty, forty] = await keepAged(10, 20, 30, 40);
        expect(await clean({ retentionMs: 35 * DAY, maxBytes: 30 })).toEqual({
          removed: [forty, thirty],
          bytes: 70,
          left: 30,
        });
        expect(await at.pictures.has(twenty as string)).toBe(true);
        expect(await clean({ maxBytes: 29 })).toEqual({ removed: [twenty], bytes: 20, left: 10 });
        expect(await at.pictures.has(ten as string)).toBe(true);
      });

      it('never removes what is to be kept, and asks about nothing that may stay', async () => {
        const [ten, twenty, thirty] = await keepAged(10, 20, 30);
        const asked: string[] = [];
        const keep = async (hash: string) => {
          asked.push(hash);
          return hash === thirty;
        };
        expect(await clean({ retentionMs: 25 * DAY, maxBytes: 40, keep })).toEqual({
          removed: [twenty],
          bytes: 20,
          left: 40,
        });
        expect(asked).toEqual([thirty, twenty]);
        expect(await at.pictures.has(ten as string)).toBe(true);
        expect(await text(thirty as string)).toMatch(/^30/);
      });

      it('spares pictures used a moment ago, however full the folder is', async () => {
        const hash = await put('of a request that is being read');
        const kept = Date.now();
        expect(await clean({ maxBytes: 0, now: kept + 60_000 })).toMatchObject({ removed: [] });
        expect(await clean({ maxBytes: 0, now: kept + 600_000 })).toMatchObject({ removed: [hash], left: 0 });
      });

      it.each<[string, (hash: string) => Promise<unknown>]>([
        ['read', (hash) => at.pictures.get(hash)],
        ['kept again', () => put('10........')],
      ])('spares a picture that is %s while it is about to be removed', async (_, use) => {
        const [hash] = (await keepAged(10)) as [string];
        const keep = async () => {
          await use(hash);
          return false;
        };
        expect(await clean({ retentionMs: 0, keep })).toEqual({ removed: [], bytes: 0, left: 10 });
        expect(await text(hash)).toBe('10........');
        expect(await at.kept()).toHaveLength(1);
      });

      it('lets the failure of whoever decides through', async () => {
        const [hash] = (await keepAged(10)) as [string];
        const failure = new Error('The database is away.');
        await expect(clean({ retentionMs: 0, keep: () => Promise.reject(failure) })).rejects.toBe(failure);
        expect(await at.pictures.has(hash)).toBe(true);
      });
    });
  });
}
