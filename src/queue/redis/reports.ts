import type { Job } from 'bullmq';
import type { PaintProgress } from '../../core/task.ts';
import type { JobData, Report } from './names.ts';
import { type ThumbnailStore, Thumbnails } from './thumbnails.ts';

/**
 * What a worker tells of one job, in order. Of progress that comes faster than it can be told, only the newest is; that
 * holds while the server is away, too.
 */
export class Reports {
  readonly #job: Job<JobData>;
  readonly #thumbnails: Thumbnails;
  readonly #onError: (error: unknown) => void;
  #told: Promise<void> = Promise.resolve();
  #newest: PaintProgress | undefined;
  #thumbnail: Uint8Array | undefined;

  constructor(job: Job<JobData>, store: ThumbnailStore, onError: (error: unknown) => void) {
    this.#job = job;
    this.#thumbnails = new Thumbnails(store, latestOf(job.progress as Report | number | undefined));
    this.#onError = onError;
  }

  tell(report: Report): void {
    this.#told = this.#told.then(() => this.#send(report));
  }

  progress(progress: PaintProgress): void {
    this.#thumbnail = progress.thumbnail ?? this.#thumbnail;
    const isUnderWay = this.#newest !== undefined;
    this.#newest = progress;
    if (!isUnderWay) this.#told = this.#told.then(() => this.#sendNewest());
  }

  /** Settles when all has been told. */
  settled(): Promise<void> {
    return this.#told;
  }

  /** Removes what is left of the thumbnails; to be called when the job has ended. */
  async clear(): Promise<void> {
    await this.#thumbnails.clear().catch(this.#onError);
  }

  async #sendNewest(): Promise<void> {
    const { thumbnail: _, ...progress } = this.#newest as PaintProgress;
    const bytes = this.#thumbnail;
    this.#newest = undefined;
    this.#thumbnail = undefined;
    if (bytes) await this.#thumbnails.show(bytes).catch(this.#onError);
    const { latest } = this.#thumbnails;
    await this.#send({ type: 'progress', progress, ...(latest !== undefined && { thumbnail: latest }) });
  }

  async #send(report: Report): Promise<void> {
    // A job that Redis has lost is painted on: its gateway submits it again.
    await this.#job.updateProgress(report).catch(this.#onError);
  }
}

function latestOf(report: Report | number | undefined) {
  return typeof report === 'object' && report.type === 'progress' ? report.thumbnail : undefined;
}
