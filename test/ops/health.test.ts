import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { folderCheck, problemsOf } from '../../src/ops/health.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-health-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

describe('the health', () => {
  it('is what its checks find, in their order, whether they wait for it or not', async () => {
    const checks = [() => 'One.', () => undefined, async () => 'Two.', async () => undefined];
    expect(await problemsOf(checks)).toEqual(['One.', 'Two.']);
  });
});

describe('the health of a folder', () => {
  it('is good where something can be written, of which nothing is left, and where there is no folder yet', async () => {
    const kept = path.join(folder, 'to be made');
    expect(await folderCheck('the pictures', kept)()).toBeUndefined();
    expect(await readdir(kept)).toEqual([]);
  });

  it('is bad where nothing can be written', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'in the way');
    const found = await folderCheck('the pictures', path.join(file, 'pictures'))();
    expect(found).toBe('The folder of the pictures cannot be written to.');
  });

  it('is bad where there is hardly any room, or what is left cannot be told', async () => {
    const full = 'The disk with the pictures is full.';
    expect(await folderCheck('the pictures', folder, async () => 49e6)()).toBe(full);
    expect(await folderCheck('the pictures', folder, async () => 50e6)()).toBeUndefined();
    const fails = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect(await folderCheck('the pictures', folder, fails)()).toBe(full);
  });

  it('is looked at anew after a while, and not at each request', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const room = vi.fn(async () => 1e9);
    const check = folderCheck('the pictures', folder, room);
    await Promise.all([check(), check()]);
    expect(room).toHaveBeenCalledTimes(1);
    room.mockResolvedValue(0);
    vi.advanceTimersByTime(5001);
    expect(await check()).toMatch(/full/);
  });
});
