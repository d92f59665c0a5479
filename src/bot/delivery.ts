import type { Job } from '../core/job.ts';
import type { OwnPicture } from '../delivery-images/delivery-images.ts';
import { extensionOf } from '../delivery-images/formats.ts';
import { type ErrorCode, ImpastoError } from '../nst/errors.ts';
import type { Actor, Chat, Message, MessagePicture, MessageRef, Place } from './chat.ts';
import { turnOf } from './intake.ts';
import { failureMessage, resultMessage, styleNames } from './messages.ts';
import type { Services } from './services.ts';

/** Failures that pass, of the platform, the database, the place of pictures and processes: it is tried again later. */
export const PASSING: readonly ErrorCode[] = [
  'platform-failed',
  'store-failed',
  'disk-full',
  'not-readable',
  'process-failed',
];

/** Where a job's messages go. */
export function placeOfJob({ platform, server, channel, thread }: Job): Place {
  return { platform, server, channel, thread };
}

/** One of our own pictures as it can be sent to a place. */
interface SendablePicture {
  readonly bytes: Uint8Array;
  /** Of the file's name, without a dot. */
  readonly extension: string;
  /** Whether it is smaller than it was, or has losses. */
  readonly reduced: boolean;
}

/**
 * Makes one of our own pictures fit into an upload, in a format that the platform shows.
 *
 * @param maxBytes - the most that the place takes; asked of the platform by default.
 * @throws ImpastoError what DeliveryImages.fit() throws
 */
export async function sendable(
  picture: OwnPicture,
  place: Place,
  { chats, images }: Services,
  maxBytes?: number,
): Promise<SendablePicture> {
  const chat = chats.get(place.platform);
  if (!chat) throw new Error(`There is no ${place.platform}`);
  const limit = maxBytes ?? (await chat.maxUploadBytes(place));
  const { format, ...fitted } = await images.fit(picture, limit, chat.capabilities.pictureFormats);
  return { ...fitted, extension: extensionOf(format) };
}

/**
 * A result's picture, made to fit into an upload.
 *
 * @param asked - who wants to see it again; by default it is its requester's due.
 */
export async function pictureFor(
  job: Job,
  place: Place,
  services: Services,
  { maxBytes, asked }: { readonly maxBytes?: number; readonly asked?: Actor } = {},
): Promise<MessagePicture & { reduced: boolean }> {
  const picture = {
    read: () => services.pictures.get(job.result?.picture ?? ''),
    person: turnOf({ platform: job.platform, user: asked?.id ?? job.user }),
    owed: asked === undefined,
  };
  const { extension, ...fitted } = await sendable(picture, place, services, maxBytes);
  const alt = `The painting, in the style of ${styleNames(job)}`;
  return { ...fitted, name: `${job.id}.${extension}`, alt };
}

/** The message that tells a job's end; a result whose picture cannot be sent says so. */
async function endMessage(job: Job, services: Services, chat: Chat, maxBytes: number): Promise<Message> {
  if (job.state !== 'done' || !job.result) return failureMessage(job);
  try {
    return resultMessage(job, await pictureFor(job, placeOfJob(job), services, { maxBytes }));
  } catch (error) {
    // What cannot be read now may be later; what is gone stays gone.
    if (!(error instanceof ImpastoError) || PASSING.includes(error.code)) throw error;
    const { code, message, advice } = error;
    services.log.warn({ err: error, jobId: job.id, platform: chat.platform }, 'a result cannot be shown');
    return failureMessage({ ...job, failure: { code, message, advice } });
  }
}

/**
 * Tells a requester of a job's end: in its place, or in a direct message where that place is gone or closed to us.
 * The key makes a repetition, after a restart say, the same message.
 *
 * @param again - whether it may have been told before.
 * @returns the message, or undefined when nobody can be told.
 * @throws ImpastoError `platform-failed`, `not-readable`: try again later.
 */
export async function deliver(
  job: Job,
  services: Services,
  chat: Chat,
  again: boolean,
): Promise<MessageRef | undefined> {
  const key = `end-${job.id}`;
  const place = placeOfJob(job);
  const maxBytes = await chat.maxUploadBytes(place);
  try {
    return await send(maxBytes);
  } catch (error) {
    if (!cannotBeSent(error)) throw error;
    const { code, message } = error;
    services.log.info({ err: error, jobId: job.id }, 'a result goes to its requester directly');
    const reason = code === 'message-gone' ? 'the place where you asked is gone' : message;
    const end = await endMessage(job, services, chat, maxBytes);
    return direct({ ...end, text: `${end.text}\nℹ Sent to you directly: ${reason}` });
  }

  async function send(limit: number): Promise<MessageRef> {
    const message = await endMessage(job, services, chat, limit);
    try {
      return await chat.post(place, message, key, again);
    } catch (error) {
      const tooLarge = error instanceof ImpastoError && error.code === 'upload-too-large';
      if (!tooLarge || !message.picture) throw error;
      // The platform knows its limit best: less than what was sent just now. In the end there is no picture.
      return send(message.picture.bytes.length / 2);
    }
  }

  async function direct(message: Message): Promise<MessageRef | undefined> {
    try {
      return await chat.direct(job.user, message, key, again);
    } catch (error) {
      if (!cannotBeSent(error)) throw error;
      services.log.warn({ err: error, jobId: job.id }, 'nobody can be told of a job’s end');
      return undefined;
    }
  }
}

function cannotBeSent(error: unknown): error is ImpastoError {
  return (
    error instanceof ImpastoError && (error.code === 'message-gone' || error.code === 'platform-refused')
  );
}
