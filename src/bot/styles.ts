import { distance } from 'fastest-levenshtein';
import type { ServerKey, UserKey } from '../core/keys.ts';
import { ImpastoError } from '../nst/errors.ts';
import { quoted } from './text.ts';

/** Saved styles per server, at most. */
export const MAX_STYLES = 100;

/** Where and under which name the picture is kept that is a user's next style: as a style that only they can name. */
export function heldStyle({ platform, user }: UserKey): ServerKey & { readonly name: string } {
  return { platform, server: `@${user}`, name: 'held' };
}

/**
 * A style's name as it is kept: lower case, words joined by hyphens.
 *
 * @throws ImpastoError `bad-setting` for anything but letters, digits, spaces, hyphens and underscores.
 */
export function styleName(text: string): string {
  const name = text.trim().toLowerCase().replace(/\s+/g, '-');
  if (/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$/u.test(name)) return name;
  throw new ImpastoError('bad-setting', `A style cannot be called ${quoted(text)}.`, {
    advice: 'Use up to 40 letters, digits, hyphens and underscores.',
  });
}

/** The names that are most like what was typed: those that contain it, then those a few letters away. */
export function closest(typed: string, names: readonly string[], count: number): string[] {
  const text = typed.toLowerCase().slice(0, 40);
  const score = (name: string) => {
    if (name.startsWith(text)) return -2;
    if (text.length > 1 && name.includes(text)) return -1;
    const words = [name, ...name.split('-')];
    return Math.min(...words.map((word) => distance(text, word) / Math.max(text.length, word.length)));
  };
  return names
    .map((name) => ({ name, score: score(name) }))
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ name }) => name);
}
