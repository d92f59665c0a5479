import type { ImpastoError } from '../nst/errors.ts';

/**
 * Text that came from a stranger, fit to be shown: short, on one line, in a code span that nothing in it can end.
 */
export function quoted(text: unknown): string {
  const line = String(text)
    .replace(/[\p{C}\p{Zl}\p{Zp}`]/gu, '')
    .trim();
  return `\`${line.length > 60 ? `${beginning(line, 59)}…` : line || ' '}\``;
}

const characters = new Intl.Segmenter();

/** The beginning of a text, at most so many UTF-16 units long, without half of what is seen as one character. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  for (const { index, segment } of characters.segment(text)) {
    if (index + segment.length > most) return text.slice(0, index);
  }
  return text;
}

/** Milliseconds in words, as exact as a waiting person needs: `under 5 s`, `40 s`, `about 3 min`, `about 2 h`. */
export function inWords(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 5) return 'under 5 s';
  if (seconds < 90) return `${Math.ceil(seconds / 5) * 5} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `about ${minutes} min`;
  return `about ${Math.round(minutes / 60)} h`;
}

/** Milliseconds as a stopwatch shows them: `8 s`, `1:10 min`, `1:02:03 h`. */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`;
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)} h`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], conjunction = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** A number with its sign, as a typographer sets it: `+0.5`, `−1`, `0`. */
export function signed(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  if (rounded === 0) return '0';
  return rounded > 0 ? `+${rounded}` : `−${-rounded}`;
}

/** A setting's value in words: `yes` or `no` for what is so or not, the entries of a list apart by strokes. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join('/');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** `1 job`, `2 jobs`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A bar of ten cells, filled to a share in [0, 1]. */
export function meter(share: number): string {
  const full = Math.round(10 * Math.min(1, Math.max(0, share)));
  return '▰'.repeat(full) + '▱'.repeat(10 - full);
}

/** An error as a reply: what went wrong and what to do next. */
export function apology({ message, advice }: Pick<ImpastoError, 'message' | 'advice'>): string {
  return `${message} ${advice}`;
}
