import { namedStyle, takePicture } from '../intake.ts';
import { checkAccess, limitsInForce } from '../limits.ts';
import { chosenSettings, readPreferences, requestPictures } from '../request.ts';
import { heldStyle } from '../styles.ts';
import type { Handler } from './handler.ts';

/** What a style is called that was sent as a picture. */
const YOUR_PAINTING = 'your painting';

/** Takes a request's pictures in and hands it to the desk. */
export const stylize: Handler = async (event, options, handling, spec) => {
  const { store, settings, desk } = handling;
  const { actor, place } = event;
  const server = { platform: place.platform, server: place.server };
  // Nothing is fetched for those who may not ask.
  checkAccess(actor, place.channel, limitsInForce(await store.servers.limits(server), settings.maxima));
  const held = heldStyle({ platform: place.platform, user: actor.id });
  const kept = await store.styles.get(held, held.name);
  const wanted = requestPictures(event, options, kept && { hash: kept.hash, name: YOUR_PAINTING });
  const defaults = await store.preferences.get({ platform: place.platform, user: actor.id });
  const chosen = chosenSettings(options, spec.options, readPreferences(defaults, spec.options));
  const content = await takePicture(wanted.content, 'photograph', handling);
  const notices = [...content.notices];
  const styles = [];
  for (const style of wanted.styles) {
    if (typeof style === 'string') {
      styles.push(await namedStyle(style, server, handling));
      continue;
    }
    if ('hash' in style) {
      styles.push(style);
      continue;
    }
    const painting = await takePicture(style, 'painting', handling);
    notices.push(...painting.notices);
    styles.push({ hash: painting.hash, name: YOUR_PAINTING });
  }
  const mask = wanted.mask && (await takePicture(wanted.mask, 'mask', handling));
  const blend = options.number('blend') ?? 50;
  const answer = await desk.accept({
    kind: options.flag('sweep') ? 'sweep' : 'painting',
    parentId: null,
    change: null,
    actor,
    place,
    options: { ...chosen, ...(styles.length > 1 && { styleBlend: [blend, 100 - blend] }) },
    content: content.hash,
    photograph: content.info,
    styles,
    mask: mask?.hash ?? null,
    init: null,
    lane: options.flag('sweep') || options.text('preset') === 'draft' ? 'fast' : 'normal',
    notices,
  });
  if (styles.some(({ hash }) => hash === kept?.hash)) await store.styles.remove(held, held.name);
  return answer;
};
