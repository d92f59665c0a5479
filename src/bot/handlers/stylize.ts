import type { StyleRef } from '../../core/job.ts';
import { namedStyle, type RequestPicture, withPictures } from '../intake.ts';
import { chosenSettings, readPreferences } from '../preferences.ts';
import { requestPictures } from '../request.ts';
import { heldStyle } from '../styles.ts';
import type { Handler } from './handler.ts';

/** What a style is called that was sent as a picture. */
const YOUR_PAINTING = 'your painting';

/** Takes a request's pictures in and hands it to the admission. */
export const stylize: Handler = async (event, options, handling, spec) => {
  const { store, admission } = handling;
  const { actor, place } = event;
  const user = { platform: place.platform, user: actor.id };
  const held = heldStyle(user);
  const kept = await store.styles.get(held, held.name);
  const wanted = requestPictures(event, options, kept && { hash: kept.hash, name: YOUR_PAINTING });
  const defaults = await store.preferences.get(user);
  const chosen = chosenSettings(options, spec.options, readPreferences(defaults, spec.options));
  const blend = options.number('blend') ?? 50;
  const settings = { ...chosen, ...(wanted.styles.length > 1 && { styleBlend: [blend, 100 - blend] }) };
  // Nothing is fetched for those who may not ask.
  await admission.decide({ actor, place, options: settings, styles: wanted.styles });
  return withPictures(user, handling, async (take) => {
    const content = await take(wanted.content, 'photograph');
    const pictures: RequestPicture[] = [content];
    const styles: StyleRef[] = [];
    for (const style of wanted.styles) {
      if (typeof style === 'string') {
        styles.push(await namedStyle(style, place, handling));
      } else if ('hash' in style) {
        styles.push(style);
      } else {
        const painting = await take(style, 'painting');
        pictures.push(painting);
        styles.push({ hash: painting.hash, name: YOUR_PAINTING });
      }
    }
    const mask = wanted.mask && (await take(wanted.mask, 'mask'));
    if (mask) pictures.push(mask);
    const answer = await admission.accept({
      kind: options.flag('sweep') ? 'sweep' : 'painting',
      parentId: null,
      change: null,
      actor,
      place,
      options: settings,
      content: content.hash,
      photograph: content.size,
      styles,
      mask: mask?.hash ?? null,
      init: null,
      lane: options.flag('sweep') || options.text('preset') === 'draft' ? 'fast' : 'normal',
      pictures,
      notices: pictures.flatMap(({ notices }) => notices),
    });
    if (styles.some(({ hash }) => hash === kept?.hash)) await store.styles.remove(held, held.name);
    return answer;
  });
};
