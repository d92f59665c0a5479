/** Slack's names of the emoji that mean something to the bot. */
const NAMES: Readonly<Record<string, string>> = {
  '➕': 'heavy_plus_sign',
  '➖': 'heavy_minus_sign',
  '🎨': 'art',
  '🔍': 'mag',
  '🖌️': 'lower_left_paintbrush',
  '🔁': 'repeat',
  '1️⃣': 'one',
  '2️⃣': 'two',
  '3️⃣': 'three',
  '4️⃣': 'four',
  '5️⃣': 'five',
  '🎛️': 'control_knobs',
  '🎞️': 'film_frames',
  '✉️': 'email',
  '❌': 'x',
};

/** By their names, and by others under which Slack may tell of the same. */
const EMOJI: ReadonlyMap<string, string> = new Map([
  ...Object.entries(NAMES).map(([emoji, name]) => [name, emoji] as const),
  ['envelope', '✉️'],
  ['film_strip', '🎞️'],
]);

/** Slack's name of an emoji; undefined for one that the bot does not use. */
export function nameOf(emoji: string): string | undefined {
  return NAMES[emoji];
}

/** The emoji of a reaction's name; undefined for one that means nothing. */
export function emojiOf(name: string): string | undefined {
  const [plain = ''] = name.split('::');
  return EMOJI.get(plain);
}
