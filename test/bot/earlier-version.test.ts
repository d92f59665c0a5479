import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { admin, ann, bob, startTestInstance, studio, type TestInstance } from '../support/instance.ts';
import { NotingBot, passOf, StudioVisitor, studioIn } from '../support/studio.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/earlier/', import.meta.url));

let test: TestInstance;
afterEach(() => test[Symbol.asyncDispose]());

/** Lays the fixture out as the earlier version left it. */
async function layOut(folder: string): Promise<void> {
  for (const kept of ['pictures', 'studio']) {
    await cp(path.join(FIXTURE, kept), path.join(folder, kept), { recursive: true });
  }
  await mkdir(path.join(folder, 'studio'), { recursive: true });
  for (const name of ['impasto', 'studio/studio']) {
    const database = new Database(path.join(folder, `${name}.db`));
    database.exec(await readFile(path.join(FIXTURE, `${name}.sql`), 'utf8'));
    database.close();
  }
}

// With servers of its own, records are not in the folder.
describe.skipIf(inject('servers'))('a data folder of an earlier version', () => {
  it('opens and goes on: jobs, results, styles, limits and preferences', async () => {
    test = await startTestInstance({ prepare: layOut });
    const [running, waiting] = [await test.easel.next(), test.easel.next()];
    expect(running.task).toMatchObject({ jobId: '4x8bw7kh', options: { size: 384, method: 'gatys' } });
    await running.finish();
    expect((await waiting).task).toMatchObject({ jobId: 'h878ea2g', options: { styleWeight: 300 } });
    await (await waiting).finish();
    for (const id of ['4x8bw7kh', 'h878ea2g'])
      expect(await test.platform.until(() => test.platform.texts(`end-${id}`)[0])).toBeTruthy();

    expect((await test.command('styles', {}, ann, 'list'))[0]?.text).toContain('waves');
    expect((await test.command('limits', {}, admin, 'show'))[0]?.text).toMatch(/640/);
    expect((await test.command('preferences', {}, ann, 'show'))[0]?.text).not.toContain('gatys');
    expect((await test.command('preferences', {}, bob, 'show'))[0]?.text).toContain('gatys');

    const result = { platform: 'fake', channel: 'studio', message: 'm7' };
    const action = { kind: 'action', actor: ann, place: studio, action: '➕', message: result } as const;
    expect(await test.platform.send(action)).toEqual([]);
    const again = await test.easel.next();
    expect(again.task).toMatchObject({ options: { method: 'gatys' }, init: expect.any(String) });
    await again.finish();
    await test.platform.until(() => test.platform.texts(`end-${again.task.jobId}`)[0]);
  });

  it('has its studio’s people and messages', async () => {
    test = await startTestInstance({ prepare: layOut });
    const folder = path.join(test.folder, 'studio');
    const adapter = studioIn(folder);
    await adapter.start(new NotingBot());
    const cleo = 'iAfzFDa5oddNJ_AyLO8d';
    const visitor = new StudioVisitor(adapter.url as string, await passOf(folder, cleo), {} as never);
    const kept = { text: 'Painted in a minute.' };
    expect(await visitor.messages()).toMatchObject([kept]);
    await adapter.close();
  });
});
