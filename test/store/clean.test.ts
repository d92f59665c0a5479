import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PictureFolder } from '../../src/store/pictures.ts';
import { usePictures } from './pictures-at-hand.ts';

const at = usePictures();
const { put, text, files, fileOf, setUsed, lastUse } = at;

const DAY = 86_400_000;
const NOW = 2_000_000_000_000;

describe('cleaning', () => {
  /** Keeps pictures of a byte for each day since their last use, up to NOW. */
  async function keepAged(...days: number[]): Promise<string[]> {
    const hashes: string[] = [];
    for (const age of days) {
      const hash = await put(String(age).padEnd(age, '.'));
      await setUsed(fileOf(hash), NOW - age * DAY);
      hashes.push(hash);
    }
    return hashes;
  }
  const clean = (options: Partial<Parameters<PictureFolder['clean']>[0]>) =>
    at.pictures.clean({ retentionMs: 1000 * DAY, maxBytes: 1e9, keep: () => false, now: NOW, ...options });

  it('removes pictures unused for longer than the retention', async () => {
    const [ten, eleven, twelve] = await keepAged(10, 11, 12);
    expect(await clean({ retentionMs: 10 * DAY })).toEqual({ removed: [twelve, eleven], bytes: 23 });
    expect(await files()).toEqual([path.relative(at.root, fileOf(ten as string))]);
    expect(await at.pictures.has(eleven as string)).toBe(false);
  });

  it('then removes the least recently used ones until the rest fits', async () => {
    const [ten, twenty, thirty, forty] = await keepAged(10, 20, 30, 40);
    expect(await clean({ retentionMs: 35 * DAY, maxBytes: 30 })).toEqual({
      removed: [forty, thirty],
      bytes: 70,
    });
    expect(await at.pictures.has(twenty as string)).toBe(true);
    expect(await clean({ maxBytes: 29 })).toEqual({ removed: [twenty], bytes: 20 });
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
    });
    expect(asked).toEqual([thirty, twenty]);
    expect(await at.pictures.has(ten as string)).toBe(true);
    expect(await text(thirty as string)).toMatch(/^30/);
  });

  it('spares pictures used a moment ago, however full the folder is', async () => {
    const hash = await put('of a request that is being read');
    const used = await lastUse(hash);
    expect(await clean({ maxBytes: 0, now: used + 60_000 })).toEqual({ removed: [], bytes: 0 });
    expect(await clean({ maxBytes: 0, now: used + 3_600_000 })).toMatchObject({ removed: [hash] });
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
    expect(await clean({ retentionMs: 0, keep })).toEqual({ removed: [], bytes: 0 });
    expect(await text(hash)).toBe('10........');
    expect(await files()).toHaveLength(1);
  });

  it('does not count what another process has removed meanwhile', async () => {
    const [hash] = (await keepAged(10)) as [string];
    const keep = async () => {
      await rm(fileOf(hash));
      return false;
    };
    expect(await clean({ retentionMs: 0, keep })).toEqual({ removed: [], bytes: 0 });
  });

  it('removes what interrupted writes have left more than a day ago, and nothing that is not its own', async () => {
    const [hash] = (await keepAged(1)) as [string];
    const shard = path.dirname(fileOf(hash));
    const other = hash.startsWith('00') ? '11' : '00';
    await mkdir(path.join(at.root, other));
    const temporary = [`.impasto-${randomUUID()}`, `.impasto-${randomUUID()}`] as const;
    const foreign = [
      path.join(at.root, 'README'),
      path.join(shard, 'notes.txt'),
      path.join(shard, '.impasto-notes'),
      path.join(at.root, other, hash),
    ];
    const ages = { [temporary[0]]: DAY + 1000, [temporary[1]]: DAY - 1000 };
    for (const [name, age] of Object.entries(ages)) {
      await writeFile(path.join(shard, name), 'half a pict');
      await setUsed(path.join(shard, name), NOW - age);
    }
    for (const file of foreign) {
      await writeFile(file, '');
      await setUsed(file, NOW - 900 * DAY);
    }
    expect(await clean({ retentionMs: 0, maxBytes: 0 })).toEqual({ removed: [hash], bytes: 1 });
    const left = [path.join(shard, temporary[1]), ...foreign].map((file) => path.relative(at.root, file));
    expect(await files()).toEqual(left.sort());
  });

  it('lets the failure of whoever decides through', async () => {
    const [hash] = (await keepAged(10)) as [string];
    const failure = new Error('The database is away.');
    await expect(clean({ retentionMs: 0, keep: () => Promise.reject(failure) })).rejects.toBe(failure);
    expect(await at.pictures.has(hash)).toBe(true);
  });
});
