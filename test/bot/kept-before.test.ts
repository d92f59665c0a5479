import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PaintTask } from '../../src/core/task.ts';
import { packedSize } from '../../src/nst/image/packed-raster.ts';
import { openPictureFolder, type PictureStore } from '../../src/store/pictures.ts';
import { newJob } from '../store/contract/records.ts';
import { ann, bob, startTestInstance, studio, type TestInstance } from '../support/instance.ts';
import { gradientPicture } from '../support/pictures.ts';

let test: TestInstance;
let pictures: PictureStore;
beforeEach(async () => {
  test = await startTestInstance();
  pictures = openPictureFolder(path.join(test.folder, 'pictures'));
});
afterEach(() => test[Symbol.asyncDispose]());

/** A file as earlier versions kept it: as it was sent, with where it was taken. */
async function sentBefore(width: number, height: number): Promise<string> {
  const file = gradientPicture(width, height).withExif({ IFD3: { GPSLatitude: '51/1 30/1 0/1' } });
  return pictures.put(await file.jpeg().toBuffer());
}

/** What a painter has been given in place of a picture that was kept as it was sent. */
const packedIn = async ({ packed }: PaintTask, hash: string) =>
  packedSize(await readFile(packed?.[hash] ?? ''));

const { platform, server } = studio;

describe('what an earlier version has kept as it was sent', () => {
  it('is decoded when a saved style of it is shown or painted in', async () => {
    const hash = await sentBefore(96, 64);
    const style = { platform, server, name: 'mine', hash, user: ann.id, createdAt: 0 };
    await test.withStore((store) => store.styles.save(style));
    const [shown] = await test.command('styles', { name: 'mine' }, bob, 'show');
    expect(await sharp(shown?.picture?.bytes).metadata()).toMatchObject({
      format: 'png',
      width: 96,
      height: 64,
    });
    expect((await sharp(shown?.picture?.bytes).metadata()).exif).toBeUndefined();
    const content = { name: 'photo.png', content: await gradientPicture(80, 60).png().toBuffer() };
    expect(await test.command('stylize', { content, style_name: 'mine' }, bob)).toEqual([]);
    const { task } = await test.easel.next();
    expect(packedSize(await pictures.get(task.content))).toMatchObject({ width: 80, height: 60 });
    expect(await packedIn(task, hash)).toMatchObject({ width: 96, height: 64 });
  });

  it('is decoded when a job that has waited since is painted, and when its result is painted again', async () => {
    const content = await sentBefore(120, 90);
    const styles = [{ hash: await sentBefore(64, 64), name: 'theirs' }];
    const job = newJob('waited', {
      ...studio,
      user: ann.id,
      userName: ann.name,
      content,
      styles,
      mask: content,
      createdAt: Date.now(),
    });
    await test.withStore((store) => store.jobs.insert(job));
    await test.restart();
    const painting = await test.easel.next();
    expect(painting.task.jobId).toBe('waited');
    expect(await packedIn(painting.task, content)).toMatchObject({ width: 120, height: 90 });
    expect(await packedIn(painting.task, styles[0]?.hash ?? '')).toMatchObject({ width: 64, height: 64 });
    await painting.finish();
    await test.platform.until(() => test.platform.texts('status-waited')[0]?.startsWith('Painted'));
    const message = test.platform.messages.find(({ key }) => key === 'end-waited')?.ref as never;
    expect(
      await test.platform.send({ kind: 'action', actor: ann, place: studio, action: '➕', message }),
    ).toEqual([]);
    const { task } = await test.easel.next();
    expect(await packedIn(task, task.init ?? '')).toMatchObject({ width: 32, height: 24 });
  });
});
