import sharp from 'sharp';
import { ImpastoError } from '../nst/errors.ts';
import type { Job } from '../store/store.ts';
import type { Chat, Message, MessagePicture, MessageRef, Place } from './chat.ts';
import { failureMessage, resultMessage, styleNames } from './messages.ts';
import type { Services } from './services.ts';

/** Qualities and reductions that are tried until a picture fits into an upload. */
const ATTEMPTS = [
  { quality: 95, scale: 1 },
  { quality: 85, scale: 1 },
  { quality: 85, scale: 0.7 },
  { quality: 80, scale: 0.5 },
  { quality: 70, scale: 0.25 },
];

/** Where a job's messages go. */
export function placeOf({ platform, server, channel, thread }: Job): Place {
  return { platform, server, channel, thread };
}

/** A picture's file as it is sent. */
interface FittedPicture {
  readonly bytes: Uint8Array;
  /** Of the file's name, without a dot. */
  readonly extension: string;
  /** Whether it is not the file as it was. */
  readonly reduced: boolean;
}

/**
 * Makes a picture fit into an upload: as it is where it fits, else as JPEG or, with opacity, WebP.
 *
 * @throws ImpastoError `upload-too-large`
 */
export async function fitPicture(bytes: Uint8Array, maxBytes: number): Promise<FittedPicture> {
  const { hasAlpha, width, format } = await sharp(bytes).metadata();
  if (bytes.length <= maxBytes) return { bytes, extension: extensionOf(format), reduced: false };
  const smallerFormat = hasAlpha ? 'webp' : 'jpeg';
  for (const { quality, scale } of ATTEMPTS) {
    const smaller = await sharp(bytes)
      .resize({ width: Math.max(16, Math.round(width * scale)) })
      .keepExif()
      .toFormat(smallerFormat, { quality })
      .toBuffer();
    if (smaller.length <= maxBytes) {
      return { bytes: smaller, extension: extensionOf(smallerFormat), reduced: true };
    }
  }
  throw new ImpastoError('upload-too-large', 'The picture is too large to be sent here.', {
    advice: 'Ask for a smaller size.',
  });
}

function extensionOf(format: string): string {
  return { jpeg: 'jpg', heif: 'avif' }[format] ?? format;
}

/** A result's picture, made to fit into an upload. */
export async function pictureFor(
  job: Job,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<MessagePicture & { reduced: boolean }> {
  const { extension, ...fitted } = await fitPicture(bytes, maxBytes);
  const alt = `The painting, in the style of ${styleNames(job)}`;
  return { ...fitted, name: `${job.id}.${extension}`, alt };
}

/** The message that tells a job's end; a result whose picture cannot be sent says so. */
async function endMessage(job: Job, services: Services, chat: Chat, maxBytes: number): Promise<Message> {
  if (job.state !== 'done' || !job.result) return failureMessage(job);
  try {
    const bytes = await services.pictures.get(job.result.picture);
    return resultMessage(job, await pictureFor(job, bytes, maxBytes));
  } catch (error) {
    // What cannot be read now may be later; what is gone stays gone.
    if (!(error instanceof ImpastoError) || error.code === 'not-readable') throw error;
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
  const place = placeOf(job);
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
