import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { StudioVisitor } from '../support/studio.ts';
import { befall, watchTrouble } from '../support/trouble.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-start-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('impasto start', () => {
  it('serves health and metrics on this machine, and ends with 0 on SIGTERM', async () => {
    const env = { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: '0', IMPASTO_STUDIO: 'off' };
    const run = startCli(['start'], { env });
    await run.printed('No chat platform is connected');
    const url = run.stderr().match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
    const health = await fetch(`${url}/healthz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'ok', waiting: 0, running: 0, painters: 1 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^impasto_queue_waiting 0$/m);
    expect(metrics).toMatch(/nodejs_eventloop_lag_p99_seconds/);
    run.process.kill('SIGTERM');
    const { code, stderr } = await run.result;
    expect(code).toBe(0);
    expect(stderr).toContain('"stopped"');
  });

  it('opens the studio where there is no chat platform, says where, and keeps all for its user alone', async () => {
    const env = { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off' };
    const run = startCli(['start'], { env, shellPrefix: 'umask 000' });
    await expect.poll(() => run.stdout()).toMatch(/The studio is open: http:\/\/127\.0\.0\.1:\d+/);
    const ann = await StudioVisitor.enter(/http:\S+/.exec(run.stdout())?.[0] ?? '');
    await ann.upload(new Uint8Array(10));
    const kept = await readdir(folder, { recursive: true });
    expect(kept).toEqual(expect.arrayContaining(['impasto.db-wal', 'studio/secret', 'studio/studio.db']));
    for (const name of kept) expect((await stat(path.join(folder, name))).mode & 0o077).toBe(0);
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(0);
  });

  it('writes a defect that nobody has caught to its log, and ends with 1', async () => {
    const watch = await watchTrouble('a forgotten promise');
    const env = {
      IMPASTO_DATA: folder,
      IMPASTO_HTTP_PORT: 'off',
      IMPASTO_STUDIO: 'off',
      ...watch.env,
    };
    const run = startCli(['start'], { env });
    await run.printed('Impasto is running');
    await befall(await watch.next());
    const { code, stderr } = await run.result;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\{"level":"fatal".*a forgotten promise.*a defect ends the process/m);
  });

  it('answers a picture for which there is no room with 507, and is healthy no longer', async () => {
    // No file may have more than 2 MB; of the pictures there can be none at all.
    const pictures = path.join(folder, 'pictures');
    const env = { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: '0', IMPASTO_PICTURES: `file:${pictures}` };
    const run = startCli(['start'], { env, shellPrefix: 'export TSX_DISABLE_CACHE=1; ulimit -f 2000' });
    await run.printed('Impasto is running');
    await expect.poll(() => run.stdout()).toContain('The studio is open');
    const studio = run.stdout().match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] ?? '';
    const ann = await StudioVisitor.enter(studio);
    const { status, body } = await ann.ask('/api/uploads', { bytes: new Uint8Array(3_000_000) });
    expect([status, body.code]).toEqual([507, 'disk-full']);
    await rm(pictures, { recursive: true, force: true });
    await writeFile(pictures, 'in the way');
    const health = await fetch(`${run.stderr().match(/http:\/\/127\.0\.0\.1:\d+/)?.[0]}/healthz`);
    expect(health.status).toBe(503);
    expect((await health.json()).problems).toEqual(['The folder of the pictures cannot be written to.']);
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(0);
  });

  it('refuses a bad value by the variable’s name, and starts nothing', async () => {
    const { code, stderr } = await runCli(['start'], {
      env: { IMPASTO_DATA: folder, IMPASTO_PAINTERS: 'many' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'IMPASTO_PAINTERS is "many", but may be a whole number from 1 to 64, 0 together',
    );
  });

  it('refuses a database that is none, without touching it', async () => {
    const { writeFile, readFile } = await import('node:fs/promises');
    await writeFile(path.join(folder, 'impasto.db'), 'no database '.repeat(1000));
    const { code, stderr } = await runCli(['start'], {
      env: { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('store-failed');
    expect(await readFile(path.join(folder, 'impasto.db'), 'utf8')).toMatch(/^no database/);
  });
});
