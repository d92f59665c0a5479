import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noSmallDisk, onSmallDisk } from '../support/small-disk.ts';

/** What a program says of an error. */
const REFUSED = 'const refused = ({ name, code, message }) => ({ name, code, message });';
const full = (what: string) => ({
  name: 'ImpastoError',
  code: 'disk-full',
  message: `There is no room left to keep ${what}.`,
});

describe.skipIf(noSmallDisk)(`on a full disk ${noSmallDisk || ''}`, () => {
  it('a picture is refused as a whole, those kept before stay', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'impasto-file-'));
    onTestFinished(() => rm(outside, { recursive: true, force: true }));
    const FILE = path.join(outside, 'file');
    await writeFile(FILE, Buffer.alloc(1e6));
    const program = `
      ${REFUSED}
      const { openPictureFolder } = await load('src/store/pictures.ts');
      const { readdirSync } = await import('node:fs');
      const pictures = openPictureFolder('pictures');
      const hash = await pictures.put(Buffer.from('small'));
      const bytes = await pictures.put(Buffer.alloc(1e6)).catch(refused);
      const file = await pictures.putFile(process.env.FILE).catch(refused);
      const left = readdirSync('pictures', { recursive: true, withFileTypes: true });
      const files = left.filter((entry) => entry.isFile()).map(({ name }) => name);
      console.log(JSON.stringify({ bytes, file, kept: files.length === 1 && files[0] === hash }));
    `;
    const pictures = full('pictures');
    expect(await onSmallDisk('64k', program, { FILE })).toEqual({
      bytes: pictures,
      file: pictures,
      kept: true,
    });
    expect(await readdir(outside)).toEqual([]);
  });

  it('a checkpoint is refused as a whole, and the one before stays', async () => {
    const program = `
      ${REFUSED}
      const { openCheckpointFolder } = await load('src/store/checkpoint-folder.ts');
      const { checkpoint, task } = await load('test/store/checkpoints/records.ts');
      const { readdirSync } = await import('node:fs');
      const checkpoints = openCheckpointFolder('checkpoints');
      await checkpoints.write(task('a'), checkpoint);
      const large = { ...checkpoint, painting: Buffer.alloc(1e6) };
      const refusal = await checkpoints.write(task('a'), large).catch(refused);
      const { painting } = await checkpoints.read(task('a'));
      const kept = checkpoint.painting.equals(painting);
      console.log(JSON.stringify({ refusal, kept, files: readdirSync('checkpoints') }));
    `;
    expect(await onSmallDisk('64k', program)).toEqual({
      refusal: full('checkpoints'),
      kept: true,
      files: ['a.checkpoint'],
    });
  });

  it('a database says so, has what it took, and goes on when there is room', async () => {
    const program = `
      ${REFUSED}
      const { openSqliteStore } = await load('src/store/sqlite.ts');
      const { newJob } = await load('test/store/contract/records.ts');
      const { rmSync, writeFileSync } = await import('node:fs');
      writeFileSync('ballast', Buffer.alloc(1e6));
      const store = await openSqliteStore({ file: 'impasto.db' });
      let taken = 0;
      let refusal;
      while (!refusal) {
        const job = newJob('job-' + taken, { userName: 'x'.repeat(10_000) });
        refusal = await store.jobs.insert(job).then(() => void (taken += 1), refused);
      }
      const kept = (await store.jobs.unfinished()).length - taken;
      rmSync('ballast');
      await store.jobs.insert(newJob('later'));
      const goesOn = (await store.jobs.get('later')) !== undefined;
      await store.close();
      console.log(JSON.stringify({ refusal, kept, goesOn }));
    `;
    expect(await onSmallDisk('2m', program)).toEqual({ refusal: full('records'), kept: 0, goesOn: true });
  });

  it.each(['4k', '12k', '40k'])('of %s a database is not made, and the reason is told', async (size) => {
    const program = `
      ${REFUSED}
      const { openSqliteStore } = await load('src/store/sqlite.ts');
      console.log(JSON.stringify(await openSqliteStore({ file: 'data/impasto.db' }).catch(refused)));
    `;
    expect(await onSmallDisk(size, program)).toEqual(full('records'));
  });
});
