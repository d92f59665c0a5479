import type { StylizeOptions } from '../nst/settings.ts';
import type { PictureHash } from './pictures.ts';

/** What to paint: plain data, so that any process on any machine that holds the pictures can do it. */
export interface PaintTask {
  /** 1 to 64 of a-z, 0-9 and -: files are named by it. */
  readonly jobId: string;
  /** A painting, or a contact sheet of five strengths around the chosen one. */
  readonly kind: 'painting' | 'sweep';
  readonly options: StylizeOptions;
  readonly content: PictureHash;
  readonly styles: readonly PictureHash[];
  readonly mask?: PictureHash;
  /** Where `init: 'picture'` starts from. */
  readonly init?: PictureHash;
  /** Files of this machine with the packed rasters of those pictures that were not kept as such. */
  readonly packed?: Readonly<Record<PictureHash, string>>;
}

/** @throws TypeError for an id that could lead out of a folder. */
export function checkJobId(jobId: string): void {
  if (!/^[a-z0-9-]{1,64}$/.test(jobId)) throw new TypeError('A job’s id has 1 to 64 of a-z, 0-9 and -');
}

/** Where a task stands; levels and evaluations are those of all paintings of a sweep together. */
export interface PaintProgress {
  readonly level: number;
  readonly levels: number;
  /** Size of the level, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Evaluations made and planned. */
  readonly iteration: number;
  readonly iterations: number;
  /** Estimated milliseconds to the end. */
  readonly remainingMs: number;
  /** The picture so far as a JPEG, at most {@link THUMBNAIL_SIDE} pixels on its longer side; sent now and then. */
  readonly thumbnail?: Uint8Array;
}

/** Longer side of a thumbnail of the painting in progress, in pixels. */
export const THUMBNAIL_SIDE = 384;

/** A finished painting. */
export interface Painted {
  /** PNG with its parameters in EXIF. */
  readonly picture: PictureHash;
  /** Animated WebP of how it came to be; a sweep has none. */
  readonly timelapse?: PictureHash;
  readonly width: number;
  readonly height: number;
  /** Longer side that was asked of the painter, in pixels; smaller than first asked after a step down. */
  readonly size: number;
  /** Evaluations made. */
  readonly iterations: number;
  /** Milliseconds of painting over all attempts. */
  readonly painterMs: number;
  /** Megapixels times evaluations of the last attempt, and its milliseconds: the measure of this machine's speed. */
  readonly work: { readonly megapixelEvaluations: number; readonly ms: number };
  /** What the requester should know. */
  readonly warnings: readonly string[];
}
