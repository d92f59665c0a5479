import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Check } from '../../src/core/check.ts';
import { checkDatabase, checkPictures } from '../../src/store/doctor.ts';
import { noPostgres, PostgresServer } from '../support/postgres.ts';
import { credentials, S3Server } from '../support/s3.ts';

async function only(checks: AsyncGenerator<Check>): Promise<Check> {
  const all: Check[] = [];
  for await (const check of checks) all.push(check);
  expect(all).toHaveLength(1);
  return all[0] as Check;
}

describe('a look at an installation', () => {
  it.skipIf(noPostgres)(
    `finds the database (${noPostgres || 'PostgreSQL'}), and leaves it as it is`,
    async () => {
      const server = await PostgresServer.start();
      onTestFinished(() => server.dispose());
      const url = await server.newDatabase();
      expect(await only(checkDatabase(url))).toMatchObject({
        state: 'good',
        text: expect.stringMatching(/^The database test_1 on 127\.0\.0\.1:\d+ answers: PostgreSQL \d+/),
      });
      const tables = "select 1 from pg_tables where schemaname = 'public'";
      expect(await server.query(tables, url)).toEqual([]);
      const missing = await only(checkDatabase(server.urlOf('nowhere')));
      expect(missing).toMatchObject({
        state: 'bad',
        text: expect.stringContaining('does not answer (3D000)'),
      });
      await server.stop();
      const away = await only(checkDatabase(url));
      expect(away).toMatchObject({ state: 'bad', text: expect.stringContaining('ECONNREFUSED') });
      expect(JSON.stringify([missing, away])).not.toContain('top-secret');
    },
  );

  it('finds a folder that pictures can be kept in, and one that they cannot', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-doctor-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    expect(await only(checkPictures({ type: 'folder', folder }, undefined))).toEqual({
      state: 'good',
      text: `Pictures can be kept in ${folder}`,
    });
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    expect(files.filter((file) => file.isFile())).toEqual([]);
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    expect(await only(checkPictures({ type: 'folder', folder: file }, undefined))).toMatchObject({
      state: 'bad',
      text: expect.stringContaining('ENOTDIR'),
    });
  });

  it('finds an S3 store, and says why one cannot be used', async () => {
    const server = await S3Server.start();
    onTestFinished(() => server.close());
    expect(await only(checkPictures(server.place('art/'), credentials))).toEqual({
      state: 'good',
      text: 'Pictures can be kept in s3://pictures/art/',
    });
    expect(server.objects.size).toBe(0);
    const wrong = { ...credentials, secretAccessKey: 'wrong-secret' };
    const refused = await only(checkPictures(server.place(), wrong));
    expect(refused).toMatchObject({
      state: 'bad',
      text: expect.stringContaining('SignatureDoesNotMatch'),
    });
    expect(JSON.stringify(refused)).not.toContain('wrong-secret');
  });
});
