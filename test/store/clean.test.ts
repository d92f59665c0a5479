import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PictureStore } from '../../src/store/pictures.ts';
import { usePictures } from './pictures-at-hand.ts';

const at = usePictures();
const { put, files, fileOf, setUsed } = at;

const DAY = 86_400_000;
const NOW = 2_000_000_000_000;

describe('cleaning a folder', () => {
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
  const clean = (options: Partial<Parameters<PictureStore['clean']>[0]>) =>
    at.pictures.clean({ retentionMs: 1000 * DAY, maxBytes: 1e9, keep: () => false, now: NOW, ...options });

  it('does not count what another process has removed meanwhile', async () => {
    const [hash] = (await keepAged(10)) as [string];
    const keep = async () => {
      await rm(fileOf(hash));
      return false;
    };
    expect(await clean({ retentionMs: 0, keep })).toEqual({ removed: [], bytes: 0, left: 0 });
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
    expect(await clean({ retentionMs: 0, maxBytes: 0 })).toEqual({ removed: [hash], bytes: 1, left: 0 });
    const left = [path.join(shard, temporary[1]), ...foreign].map((file) => path.relative(at.root, file));
    expect(await files()).toEqual(left.sort());
  });
});
