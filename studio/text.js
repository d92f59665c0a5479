import { h } from './dom.js';

const MARKS = /\*\*(.+?)\*\*|`([^`]+)`|<(user|channel|role):([^>\s]+)>/g;

/**
 * A message's text as a page shows it: `**bold**`, `` `code` ``, names in place of ids, and line breaks.
 *
 * @param {string} text
 * @param {Readonly<Record<string, string>>} names - of people, by id.
 * @returns {HTMLElement}
 */
export function formatted(text, names) {
  const paragraph = h('p', { class: 'text' });
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) paragraph.append(h('br'));
    let at = 0;
    for (const match of line.matchAll(MARKS)) {
      paragraph.append(line.slice(at, match.index));
      const [whole, bold, code, kind, id = ''] = match;
      if (bold !== undefined) paragraph.append(h('strong', {}, bold));
      else if (code !== undefined) paragraph.append(h('code', {}, code));
      else paragraph.append(h('span', { class: 'mention' }, NAMED[kind ?? 'user']?.(id, names) ?? id));
      at = match.index + whole.length;
    }
    paragraph.append(line.slice(at));
  }
  return paragraph;
}

/** @type {Record<string, (id: string, names: Readonly<Record<string, string>>) => string>} */
const NAMED = {
  user: (id, names) => `@${Object.hasOwn(names, id) ? names[id] : id}`,
  channel: (id) => `#${id}`,
  role: (id) => `@${id}`,
};

/** @param {number} at */
export function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
