import { ImpastoError } from '../nst/errors.ts';
import { inspectPicture, type PictureInfo } from '../nst/image/normalise.ts';
import type { PictureHash } from '../queue/task.ts';
import type { ServerKey, StyleRef } from '../store/store.ts';
import type { Attachment } from './chat.ts';
import type { Services } from './services.ts';
import { closest } from './styles.ts';
import { quoted } from './text.ts';

/** How long an attachment may take to arrive. */
const FETCH_MS = 60_000;

/** A picture that has been taken in. */
export interface TakenPicture {
  readonly hash: PictureHash;
  readonly info: PictureInfo;
  /** What its sender should know. */
  readonly notices: readonly string[];
}

/**
 * Fetches an attachment at once, since its address expires; checks its header and keeps its bytes.
 *
 * @param role - what the picture is in the request, such as `photograph`; messages begin with it.
 * @throws ImpastoError `picture-too-large`, `download-failed`, and what inspectPicture throws
 */
export async function takePicture(
  attachment: Attachment,
  role: string,
  services: Services,
): Promise<TakenPicture> {
  const { pictures, settings } = services;
  const { maxBytes, maxPixels } = settings;
  try {
    if ((attachment.bytes ?? 0) > maxBytes) throw tooManyBytes(maxBytes);
    const bytes = await fetchAttachment(attachment, maxBytes);
    if (bytes.length > maxBytes) throw tooManyBytes(maxBytes);
    const info = await inspectPicture(bytes, { maxBytes, maxPixels });
    const notices =
      info.pages > 1 ? [`The ${role} is an animation of ${info.pages} frames; I take the first.`] : [];
    return { hash: await pictures.put(bytes), info, notices };
  } catch (error) {
    throw about(error, `The ${role} ${quoted(attachment.name)}`);
  }
}

async function fetchAttachment(attachment: Attachment, maxBytes: number): Promise<Uint8Array> {
  try {
    return await attachment.fetch(maxBytes, AbortSignal.timeout(FETCH_MS));
  } catch (cause) {
    if (cause instanceof ImpastoError && cause.code !== 'aborted') throw cause;
    throw new ImpastoError('download-failed', 'It could not be fetched.', {
      advice: 'Try again, with the picture attached anew.',
      cause,
    });
  }
}

function tooManyBytes(maxBytes: number): ImpastoError {
  return new ImpastoError('picture-too-large', `It has more than ${Math.round(maxBytes / 1e6)} MB.`, {
    advice: 'Use a smaller one.',
  });
}

/** The same error, which says which of several pictures it is about. */
function about(error: unknown, subject: string): unknown {
  if (!(error instanceof ImpastoError)) return error;
  const { code, message, advice, cause } = error;
  return new ImpastoError(code, `${subject}: ${message}`, { advice, cause });
}

/**
 * A style by its name: one that the server saved, or one of the gallery.
 *
 * @throws ImpastoError `unknown-style` that offers the closest names.
 */
export async function namedStyle(name: string, server: ServerKey, services: Services): Promise<StyleRef> {
  const { store, gallery, pictures } = services;
  const wanted = name.toLowerCase();
  const saved = await store.styles.get(server, wanted);
  if (saved) return { hash: saved.hash, name: saved.name };
  const built = gallery.find((style) => style.name === wanted || style.title.toLowerCase() === wanted);
  if (built) return { hash: await pictures.put(await built.read()), name: built.name };
  const names = [...gallery, ...(await store.styles.list(server))].map((style) => style.name);
  const offered = closest(wanted, names, 3).map(quoted);
  throw new ImpastoError('unknown-style', `There is no style ${quoted(name)}.`, {
    advice: `The closest are ${offered.join(', ')}; \`styles list\` shows all.`,
  });
}

/** The size of a picture that has been taken in before. */
export async function pictureInfo(hash: PictureHash, services: Services): Promise<PictureInfo> {
  const { maxBytes, maxPixels } = services.settings;
  return inspectPicture(await services.pictures.get(hash), { maxBytes, maxPixels });
}
