import type { StyleRef } from '../core/job.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { Attachment, CommandEvent } from './chat.ts';
import type { Options } from './options.ts';
import { counted } from './text.ts';

/** The pictures of a request, by what they are for. A style is a picture, a name, or one that has been taken in. */
export interface RequestPictures {
  readonly content: Attachment;
  readonly styles: readonly (Attachment | string | StyleRef)[];
  readonly mask: Attachment | undefined;
}

/**
 * Sorts out a request's pictures; one that came without saying what it is, after the photograph, is the painting.
 *
 * @param held - the style of a request that has none.
 * @throws ImpastoError `missing-file` without a style, `too-many-pictures`, `bad-setting`
 */
export function requestPictures(
  event: CommandEvent,
  options: Options,
  held: StyleRef | undefined,
): RequestPictures {
  const loose = [...(event.attachments ?? [])];
  const given = (name: string): Attachment | string | undefined => {
    const [picture, named] = [options.picture(name), options.text(`${name}_name`)];
    if (picture && named) {
      throw new ImpastoError('bad-setting', `There are a picture and a name for ${name}.`, {
        advice: 'Give one of the two.',
      });
    }
    return picture ?? named;
  };
  const first = given('style') ?? loose.shift() ?? held;
  const second = given('style2');
  if (loose.length > 0) {
    const message = `I do not know what ${counted(loose.length, 'more picture')} would be for.`;
    throw new ImpastoError('too-many-pictures', message, {
      advice: 'Send the photograph first and then one painting; a second painting goes into style2.',
    });
  }
  if (!first) {
    throw new ImpastoError('missing-file', 'There is no style.', {
      advice: 'Attach a painting as style, or name one as style_name: `styles list` shows them.',
    });
  }
  const content = options.picture('content') as Attachment;
  return { content, styles: second ? [first, second] : [first], mask: options.picture('mask') };
}
