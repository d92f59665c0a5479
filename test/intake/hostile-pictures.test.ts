import { expect, it } from 'vitest';
import { inspectPicture } from '../../src/nst/image/normalise.ts';
import { hostilePictures } from '../support/hostile-pictures.ts';

const pictures = await hostilePictures();
/** As in a process of the intake that may have 1.2 GB. */
const limits = { maxDecodedBytes: 800e6 };

it.each(pictures)('$name is refused before a pixel is decoded', ({ file, code }) => {
  expect(file.content.length).toBeLessThan(2e6);
  expect(() => inspectPicture(file.content, limits)).toThrow(expect.objectContaining({ code }));
});
