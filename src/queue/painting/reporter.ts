import { type PaintProgress, THUMBNAIL_SIDE } from '../../core/task.ts';
import { thumbnail } from '../../nst/image/encode.ts';
import type { Picture } from '../../nst/image/picture.ts';

/** Options of {@link Reporter}. */
export interface ReporterOptions {
  readonly onProgress: (progress: PaintProgress) => void;
  /** Milliseconds between two reports, at least. */
  readonly progressMs: number;
  /** Milliseconds between two reports with a thumbnail, at least. */
  readonly thumbnailMs: number;
}

/** Thumbnails may take this share of the time, at most. */
const THUMBNAIL_SHARE = 0.05;

/**
 * Tells how a painting gets on, not too often. The first thumbnail comes with the first picture that is painted;
 * others when the picture has changed since.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #thumbnailDueAt = Number.NEGATIVE_INFINITY;
  #thumbnail: Buffer | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** @param painted - the picture so far; undefined when it is only what the painting starts from. */
  async report(progress: PaintProgress, painted: (() => Promise<Picture>) | undefined): Promise<void> {
    const { onProgress, progressMs, thumbnailMs } = this.#options;
    const now = performance.now();
    const first = painted && !this.#thumbnail;
    if (!first && now - this.#reportedAt < progressMs) return;
    this.#reportedAt = now;
    if (!painted || now < this.#thumbnailDueAt) return onProgress(progress);
    const latest = await thumbnail(await painted(), THUMBNAIL_SIDE, 'jpeg');
    const took = performance.now() - now;
    this.#thumbnailDueAt = now + Math.max(thumbnailMs, took / THUMBNAIL_SHARE);
    if (this.#thumbnail?.equals(latest)) return onProgress(progress);
    this.#thumbnail = latest;
    onProgress({ ...progress, thumbnail: latest });
  }
}
