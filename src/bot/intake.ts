import type { StyleRef } from '../core/job.ts';
import type { ServerKey, UserKey } from '../core/keys.ts';
import type { PictureHash } from '../core/pictures.ts';
import type { TakenPicture } from '../intake/intake.ts';
import { packedPicture } from '../intake/normalised.ts';
import { about, ImpastoError } from '../nst/errors.ts';
import type { Attachment } from './chat.ts';
import type { Services } from './services.ts';
import { closest } from './styles.ts';
import { quoted } from './text.ts';

/** What a picture is in a request. */
export type PictureRole = 'photograph' | 'painting' | 'mask';

/** A picture of a request that has been taken in and is kept when the request is accepted. */
export interface RequestPicture extends TakenPicture {
  readonly role: PictureRole;
  /** What it is and what it is called: “The photograph `dog.jpg`”. */
  readonly subject: string;
}

/** Takes the pictures of one request in. */
export type TakePicture = (attachment: Attachment, role: PictureRole) => Promise<RequestPicture>;

/** Whose pictures they are. */
type Sender = UserKey & ServerKey;

/**
 * Does what a request needs its pictures for; of those that have not been kept by then, nothing is left behind.
 *
 * @param sender - whose request it is.
 * @throws what the work throws
 */
export async function withPictures<Result>(
  sender: UserKey,
  services: Services,
  work: (take: TakePicture) => Promise<Result>,
): Promise<Result> {
  const all: TakenPicture[] = [];
  try {
    return await work(async (attachment, role) => {
      const subject = `The ${role} ${quoted(attachment.name)}`;
      const wanted = { sender: turnOf(sender), longerSide: sidesOf(role) * services.settings.maxima.maxSize };
      const taken = await services.intake
        .take(attachment, wanted)
        .catch((error) => Promise.reject(about(error, subject)));
      all.push(taken);
      const notices = taken.notices.map((notice) => `${subject}: ${notice}`);
      return { ...taken, notices, role, subject };
    });
  } finally {
    await Promise.all(all.map((taken) => taken.discard()));
  }
}

/** A painting may be used at a larger scale than the photograph. */
function sidesOf(role: PictureRole): number {
  return role === 'painting' ? 2 : 1;
}

/**
 * Keeps pictures of an accepted request, all of them or none.
 *
 * @throws ImpastoError `over-limit` when its owner's or all pictures' room is used up, `disk-full`, `not-writable`
 */
export async function keepPictures(
  pictures: readonly RequestPicture[],
  { platform, server, user }: Sender,
  { keeping }: Services,
): Promise<void> {
  const kept: PictureHash[] = [];
  try {
    for (const { file, hash, subject } of pictures) {
      const name = await keeping.keep(file, { platform, server, user }).catch((error) => {
        throw about(error, subject);
      });
      kept.push(name);
      if (name !== hash) throw new Error(`A decoded picture is not what it was said to be: ${name}`);
    }
  } catch (error) {
    await keeping.takeBack(kept, { platform, server, user });
    throw error;
  }
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

/**
 * A picture that has been taken in before, as a packed raster, whatever it was kept as.
 *
 * @param person - who wants to see it.
 * @throws ImpastoError `picture-gone`, and what Intake.take() throws
 */
export function keptPicture(hash: PictureHash, person: UserKey, services: Services): Promise<Uint8Array> {
  const { pictures, intake, settings } = services;
  const wanted = { sender: turnOf(person), longerSide: settings.maxima.maxSize, accepted: true };
  return packedPicture(hash, wanted, pictures, intake);
}

/** What a person's turns are called, where several wait for something. */
export function turnOf({ platform, user }: UserKey): string {
  return `${platform}:${user}`;
}
