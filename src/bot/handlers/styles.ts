import type { ServerKey, UserKey } from '../../core/keys.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { SavedStyle } from '../../store/store.ts';
import type { Attachment, CommandEvent } from '../chat.ts';
import { sendable } from '../delivery.ts';
import { keepPictures, keptPicture, namedStyle, turnOf, withPictures } from '../intake.ts';
import { checkMayPaint, limitsInForce } from '../limits.ts';
import { heldStyle, MAX_STYLES, styleName } from '../styles.ts';
import { quoted } from '../text.ts';
import type { Handler, Handling } from './handler.ts';

const serverOf = ({ place }: CommandEvent): ServerKey => ({ platform: place.platform, server: place.server });

const list: Handler = async (event, _, { gallery, store }) => {
  const saved = await store.styles.list(serverOf(event));
  const lines = [
    '**The gallery**',
    ...gallery.map(({ name, description }) => `\`${name}\` ${description}`),
    ...(saved.length > 0
      ? ['**Saved on this server**', saved.map(({ name }) => `\`${name}\``).join(' ')]
      : []),
  ];
  return { text: lines.join('\n'), private: true };
};

const show: Handler = async (event, options, handling) => {
  const { gallery } = handling;
  const { place } = event;
  const style = await namedStyle(options.text('name') as string, place, handling);
  const built = gallery.find(({ name }) => name === style.name);
  const person = { platform: place.platform, user: event.actor.id };
  const read = () => (built ? built.read() : keptPicture(style.hash, person, handling));
  const { bytes, extension } = await sendable({ read, person: turnOf(person) }, place, handling);
  return {
    text: built ? `**${built.title}** · \`${built.name}\`\n${built.description}` : `\`${style.name}\``,
    picture: {
      bytes,
      name: `style.${extension}`,
      alt: built?.description ?? `The style ${style.name}`,
    },
  };
};

const save: Handler = async (event, options, handling) => {
  const { store, gallery, now, settings } = handling;
  const server = serverOf(event);
  const { actor, place } = event;
  const limits = limitsInForce(await store.servers.limits(server), settings.maxima);
  checkMayPaint(actor, place.channel, limits);
  const name = styleName(options.text('name') as string);
  if (gallery.some((style) => style.name === name)) {
    throw new ImpastoError('already-exists', `The gallery has a style ${quoted(name)}.`, {
      advice: 'Choose another name.',
    });
  }
  if (await store.styles.get(server, name)) {
    throw new ImpastoError('already-exists', `This server has a style ${quoted(name)} already.`, {
      advice: 'Choose another name, or remove that one first.',
    });
  }
  if ((await store.styles.list(server)).length >= MAX_STYLES) {
    throw new ImpastoError('over-limit', `This server has its ${MAX_STYLES} styles.`, {
      advice: 'Remove one first.',
    });
  }
  const owner = { ...server, user: actor.id };
  return withPictures(owner, handling, async (take) => {
    const picture = await take(options.picture('picture') as Attachment, 'painting');
    await keepPictures([picture], owner, handling);
    await saveStyle({ ...owner, name, hash: picture.hash, createdAt: now() }, owner, handling);
    return { text: [`Saved as ${quoted(name)}: give it as style_name.`, ...picture.notices].join('\n') };
  });
};

/** Saves a style whose picture its owner has just had kept; where it cannot be saved, the picture is not kept either. */
async function saveStyle(
  style: SavedStyle,
  owner: ServerKey & UserKey,
  { store, keeping }: Handling,
): Promise<void> {
  await store.styles.save(style).catch(async (error) => {
    await keeping.takeBack([style.hash], owner);
    throw error;
  });
}

const use: Handler = async (event, options, handling) => {
  const { store, now, settings } = handling;
  const { actor, place } = event;
  const limits = limitsInForce(await store.servers.limits(serverOf(event)), settings.maxima);
  checkMayPaint(actor, place.channel, limits);
  const owner = { ...serverOf(event), user: actor.id };
  return withPictures(owner, handling, async (take) => {
    const picture = await take(options.picture('picture') as Attachment, 'painting');
    await keepPictures([picture], owner, handling);
    const held = heldStyle(owner);
    await store.styles.remove(held, held.name);
    await saveStyle({ ...held, hash: picture.hash, user: actor.id, createdAt: now() }, owner, handling);
    const text = 'Kept: your next `stylize` takes its style, unless you give another.';
    return { text: [text, ...picture.notices].join('\n'), private: true };
  });
};

const remove: Handler = async (event, options, { store, gallery }) => {
  const server = serverOf(event);
  const name = (options.text('name') as string).toLowerCase();
  const style = await store.styles.get(server, name);
  if (!style) {
    const built = gallery.some((each) => each.name === name);
    throw new ImpastoError('unknown-style', `This server has not saved a style ${quoted(name)}.`, {
      advice: built ? 'The gallery’s own styles cannot be removed.' : '`styles list` shows all.',
    });
  }
  const { id, admin, moderator } = event.actor;
  if (style.user !== id && !admin && !moderator) {
    throw new ImpastoError('not-allowed', 'Somebody else saved this style.', {
      advice: 'Ask them or a moderator to remove it.',
    });
  }
  await store.styles.remove(server, name);
  return { text: `Removed ${quoted(name)}.` };
};

export const styles: Readonly<Record<string, Handler>> = { list, show, save, use, remove };
