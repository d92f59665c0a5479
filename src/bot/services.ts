import type { Logger } from 'pino';
import type { ErrorCode } from '../nst/errors.ts';
import type { JobQueue } from '../queue/queue.ts';
import type { PictureHash, Pictures } from '../queue/task.ts';
import type { Store } from '../store/store.ts';
import type { Chat } from './chat.ts';
import type { GalleryStyle } from './gallery.ts';
import type { Maxima } from './limits.ts';

/** Pictures as the bot keeps them. */
export interface PictureKeeper extends Pictures {
  has(hash: PictureHash): Promise<boolean>;
  remove(hash: PictureHash): Promise<void>;
}

/** What whoever runs the instance has settled. */
export interface BotSettings {
  readonly version: string;
  readonly maxima: Maxima;
  /** Largest picture that is accepted: pixels when decoded, bytes of the file. */
  readonly maxPixels: number;
  readonly maxBytes: number;
  /** Memory that one painter may use, in bytes. */
  readonly painterMemory: number;
}

/** What the bot counts; each is told as it happens. */
export interface BotMetrics {
  accepted(job: { readonly platform: string; readonly kind: 'painting' | 'sweep' }): void;
  refused(code: ErrorCode): void;
  /** A job was started this many milliseconds after it was accepted. */
  waited(ms: number): void;
}

/**
 * Takes for this process what may reach several, such as an event; false when it has been taken in the last so many
 * seconds. It never rejects: what cannot be asked is taken.
 *
 * @param id - unique over all platforms
 */
export type Claim = (id: string, seconds: number) => Promise<boolean>;

/** What the bot works with. */
export interface Services {
  readonly store: Store;
  readonly pictures: PictureKeeper;
  readonly queue: JobQueue;
  /** By platform. */
  readonly chats: ReadonlyMap<string, Chat>;
  readonly gallery: readonly GalleryStyle[];
  readonly settings: BotSettings;
  readonly metrics: BotMetrics;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where there are other gateways. */
  readonly claim?: Claim | undefined;
}
