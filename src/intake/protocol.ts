import { z } from 'zod';
import type { Limits } from '../nst/image/limits.ts';

/** A foreign file that is to be decoded. */
export interface NormaliseRequest {
  /** Where it lies. */
  readonly input: string;
  /** Where the packed raster is to be written; nothing lies there yet. */
  readonly output: string;
  readonly limits: Limits;
  /** Longer side of the raster at most, in pixels. */
  readonly longerSide: number;
}

const side = z.int().min(1).max(0xffff_ffff);

/** What the process that has decoded a file tells of it; checked, since the file may have taken the process over. */
export const normalisedFile = z.object({
  /** Of the picture as it was sent, in pixels. */
  size: z.object({ width: side, height: side }),
  /** SHA-256 of the packed raster, its name where pictures are kept. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  notices: z.array(z.string().max(1000)).max(10),
});

export type NormalisedFile = z.infer<typeof normalisedFile>;
