import type { Logger } from 'pino';
import type { DeliveryImages } from '../delivery-images/delivery-images.ts';
import type { Intake } from '../intake/intake.ts';
import type { ErrorCode } from '../nst/errors.ts';
import type { JobQueue } from '../queue/queue.ts';
import type { PictureKeeping } from '../store/keeping.ts';
import type { PictureStore } from '../store/pictures.ts';
import type { Store } from '../store/store.ts';
import type { Chat } from './chat.ts';
import type { GalleryStyle } from './gallery.ts';
import type { Maxima } from './limits.ts';

/** What whoever runs the instance has settled. */
export interface BotSettings {
  readonly version: string;
  readonly maxima: Maxima;
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
  readonly pictures: PictureStore;
  /** Takes foreign pictures in. */
  readonly intake: Intake;
  /** Keeps them, within everybody's share of the room. */
  readonly keeping: PictureKeeping;
  /** Makes of our own pictures what is sent. */
  readonly images: DeliveryImages;
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
