import sharp from 'sharp';
import type { FakeFile } from './fake-platform.ts';
import { pngClaiming } from './pictures.ts';

/** A small file that once stopped the bot, or was made to. */
export interface HostilePicture {
  readonly name: string;
  readonly file: FakeFile;
}

export async function hostilePictures(): Promise<readonly HostilePicture[]> {
  const rules = '.a>.b~.c{fill:red}'.repeat(30_000);
  return [
    {
      name: 'a drawing with style rules that begins like an AVIF',
      file: {
        name: 'rules.avif',
        content: Buffer.from(
          `<!--ftypavif--><svg xmlns="http://www.w3.org/2000/svg"><style>${rules}</style></svg>`,
        ),
      },
    },
    {
      name: 'a PNG of 3,000,000 × 16 pixels',
      file: { name: 'long.png', content: pngClaiming(3_000_000, 16) },
    },
    {
      name: 'an AVIF of 7000 × 7000 pixels',
      file: {
        name: 'plain.avif',
        content: await sharp({ create: { width: 7000, height: 7000, channels: 3, background: '#123' } })
          .avif({ effort: 0 })
          .toBuffer(),
      },
    },
  ];
}
