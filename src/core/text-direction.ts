/**
 * Characters that are not seen and change the order in which others are shown (Unicode Standard Annex 9: marks,
 * embeddings, overrides, isolates, and the deprecated format characters after them), and separators of lines.
 * Letters that are written from right to left are none of them.
 */
const REORDERING = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g;

/** A text whose characters are shown in their own order. */
export function withoutReordering(text: string): string {
  return text.replace(REORDERING, '');
}

/** JSON, or any text in which such an escape means the character, with the same characters escaped. */
export function escapeReordering(json: string): string {
  return json.replace(REORDERING, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
