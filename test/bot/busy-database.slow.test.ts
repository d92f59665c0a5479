import path from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { startTestInstance } from '../support/instance.ts';

describe('an SQLite file that somebody else holds for too long', () => {
  it('gets an end on record as soon as it answers, and the requester is told then', async () => {
    await using test = await startTestInstance();
    await test.stylize();
    const { task, finish } = await test.easel.next();
    const other = new Database(path.join(test.folder, 'impasto.db'));
    other.exec('begin immediate');
    await finish();
    await test.platform.until(() => test.log.some((line) => line.includes('cannot be reached')));
    expect(test.platform.texts(`end-${task.jobId}`)).toEqual([]);
    other.exec('rollback');
    other.close();
    await test.platform.until(() => test.platform.texts(`end-${task.jobId}`)[0]);
    await test.platform.until(() =>
      test.platform.texts('status-').every((text) => text.startsWith('Painted')),
    );
    expect(await test.deliveredAt(task.jobId)).not.toBeNull();
  });
});
