import sharp from 'sharp';
import { ImpastoError } from '../../nst/errors.ts';
import type { ServerKey } from '../../store/store.ts';
import type { CommandEvent } from '../chat.ts';
import { fitPicture } from '../delivery.ts';
import { namedStyle, takePicture } from '../intake.ts';
import { checkAccess, limitsInForce } from '../limits.ts';
import { heldStyle, MAX_STYLES, styleName } from '../styles.ts';
import { quoted } from '../text.ts';
import type { Handler } from './handler.ts';

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
  const { pictures, gallery, chats } = handling;
  const style = await namedStyle(options.text('name') as string, serverOf(event), handling);
  const built = gallery.find(({ name }) => name === style.name);
  const { place } = event;
  const limit = (await chats.get(place.platform)?.maxUploadBytes(place)) ?? 0;
  const shown = await withoutMetadata(await pictures.get(style.hash));
  const { bytes, extension } = await fitPicture(shown, limit);
  return {
    text: built ? `**${built.title}** · \`${built.name}\`\n${built.description}` : `\`${style.name}\``,
    picture: {
      bytes,
      name: `style.${extension}`,
      alt: built?.description ?? `The style ${style.name}`,
    },
  };
};

/** A picture as it is seen, without where it was taken: it is shown to everybody. */
function withoutMetadata(bytes: Uint8Array): Promise<Uint8Array> {
  return sharp(bytes).autoOrient().toBuffer();
}

const save: Handler = async (event, options, handling) => {
  const { store, gallery, now, settings } = handling;
  const server = serverOf(event);
  checkAccess(
    event.actor,
    event.place.channel,
    limitsInForce(await store.servers.limits(server), settings.maxima),
  );
  const name = styleName(options.text('name') as string);
  if (gallery.some((style) => style.name === name)) {
    throw new ImpastoError('already-exists', `The gallery has a style ${quoted(name)}.`, {
      advice: 'Choose another name.',
    });
  }
  if ((await store.styles.list(server)).length >= MAX_STYLES) {
    throw new ImpastoError('over-limit', `This server has its ${MAX_STYLES} styles.`, {
      advice: 'Remove one first.',
    });
  }
  const { hash } = await takePicture(options.picture('picture') as never, 'painting', handling);
  await store.styles.save({ ...server, name, hash, user: event.actor.id, createdAt: now() });
  return { text: `Saved as ${quoted(name)}: give it as style_name.` };
};

const use: Handler = async (event, options, handling) => {
  const { store, now, settings } = handling;
  const { actor, place } = event;
  checkAccess(
    actor,
    place.channel,
    limitsInForce(await store.servers.limits(serverOf(event)), settings.maxima),
  );
  const { hash, notices } = await takePicture(options.picture('picture') as never, 'painting', handling);
  const held = heldStyle({ platform: place.platform, user: actor.id });
  await store.styles.remove(held, held.name);
  await store.styles.save({ ...held, hash, user: actor.id, createdAt: now() });
  return {
    text: ['Kept: your next `stylize` takes its style, unless you give another.', ...notices].join('\n'),
    private: true,
  };
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
