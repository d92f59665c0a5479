/** @import { WireButton, WireMessage, WireThread } from '../src/adapters/web/wire.ts' */
import * as api from './api.js';
import { busy } from './commands.js';
import { compare } from './compare.js';
import { announce, fill, h, openDialog } from './dom.js';
import { field, filledIn } from './fields.js';
import { state } from './state.js';
import { clock, formatted } from './text.js';

const METER = /[▰▱]{10} ?/g;
const stillOnly = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * A message; an element that shows it already is changed, so that focus and a divider stay where they are.
 *
 * @param {WireMessage} message
 * @param {HTMLElement | undefined} before
 */
export function messageElement(message, before) {
  const element = before ?? h('article', { class: 'message', id: `message-${message.id}` });
  const classes = {
    private: message.private,
    painting: message.progress !== null,
    pictured: message.picture !== null,
  };
  for (const [name, on] of Object.entries(classes)) element.classList.toggle(name, on);
  part(element, 'said', JSON.stringify([message.text, message.names, message.mention]), () => [
    h(
      'header',
      {},
      h('span', { class: 'who' }, 'Impasto'),
      message.private && h('span', { class: 'aside' }, 'only you see this'),
      h('time', {}, clock(message.at)),
    ),
    said(message),
  ]);
  part(element, 'meter', String(message.progress), () => [
    message.progress !== null &&
      h('progress', { max: 1, value: message.progress, 'aria-label': 'Share that is painted' }),
  ]);
  picturePart(element, message);
  part(element, 'buttons', JSON.stringify([message.buttons, message.picture?.url]), () => [
    ...message.buttons.map((button) => buttonElement(message, button)),
    ...(isPainting(message) ? keepers(message) : []),
  ]);
  return element;
}

/**
 * Makes a part of a message anew when what it shows has changed.
 *
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} shown
 * @param {() => import('./dom.js').Child[]} make
 */
function part(element, name, shown, make) {
  let slot = /** @type {HTMLElement | null} */ (element.querySelector(`:scope > .${name}`));
  if (!slot) {
    slot = h('div', { class: name });
    element.append(slot);
  }
  if (slot.dataset.shown === shown) return slot;
  slot.dataset.shown = shown;
  fill(slot, ...make());
  return slot;
}

/** @param {WireMessage} message */
function said(message) {
  const call = message.mention ? `<user:${message.mention}> ` : '';
  return formatted(call + withoutLegend(message).replaceAll(METER, ''), message.names);
}

/** The buttons say what the legend says. @param {WireMessage} message */
function withoutLegend({ text, buttons }) {
  const emojis = buttons.filter(({ form }) => !form).map(({ emoji }) => emoji);
  if (emojis.length < 2) return text;
  const isLegend = (/** @type {string} */ line) => emojis.every((emoji) => line.includes(emoji));
  return text
    .split('\n')
    .filter((line) => !isLegend(line))
    .join('\n');
}

/** Whether it is a finished painting, which can be compared and downloaded. @param {WireMessage} message */
export function isPainting({ buttons }) {
  return buttons.some(({ action }) => action === 'timelapse');
}

/** @param {HTMLElement} element @param {WireMessage} message */
function picturePart(element, message) {
  const { picture, thread, progress } = message;
  const slot = part(element, 'picture', picture ? '' : 'none', () => []);
  if (!picture || slot.dataset.url === picture.url) return;
  slot.dataset.url = picture.url;
  const shown = slot.querySelector('img');
  // A thumbnail that follows another takes its place without a flicker.
  if (shown && progress !== null) {
    shown.src = picture.url;
    shown.alt = picture.alt;
    return;
  }
  const photograph = thread && isPainting(message) && state.threads.get(thread)?.photograph;
  const isFilm = picture.name.endsWith('time-lapse.webp');
  if (photograph) fill(slot, compare(photograph, picture.url, picture.alt));
  else if (isFilm && stillOnly.matches) fill(slot, filmButton(slot, picture));
  else fill(slot, image(picture));
}

/** @param {{ url: string, alt: string }} picture */
function image({ url, alt }) {
  const img = h('img', { src: url, alt });
  img.addEventListener('error', () => img.classList.add('gone'));
  return img;
}

/** Moves only when it is asked to. @param {HTMLElement} slot @param {{ url: string, alt: string }} picture */
function filmButton(slot, picture) {
  return h(
    'button',
    { class: 'film', type: 'button', onclick: () => fill(slot, image(picture)) },
    'Play the time lapse',
  );
}

/** @param {WireMessage} message @param {WireButton} button */
function buttonElement(message, button) {
  const element = h(
    'button',
    { class: 'reaction', type: 'button', 'data-action': button.action },
    h('span', { class: 'emoji', 'aria-hidden': 'true' }, button.emoji),
    button.label,
  );
  element.addEventListener('click', () => {
    void busy(element, () => (button.form ? openForm(message, button) : press(message, button)));
  });
  return element;
}

/**
 * @param {WireMessage} message
 * @param {WireButton} button
 * @param {api.Values} [options]
 */
async function press({ id }, { action, jobId }, options) {
  try {
    await api.act(id, { action, jobId, ...(options && { options }) });
  } catch (error) {
    refused(error);
  }
}

/** @param {unknown} error */
function refused(error) {
  const text = error instanceof Error ? error.message : String(error);
  announce(text);
  openDialog('That did not work', h('p', { class: 'refused' }, text));
}

/** @param {WireMessage} message @param {WireButton} button */
async function openForm(message, button) {
  const form = await api.form(message.id, button.action, button.jobId).catch(refused);
  if (!form) return;
  if ('text' in form) return refused(new Error(form.text));
  const submit = h('button', { class: 'primary', type: 'submit' }, 'Paint again');
  const element = h(
    'form',
    { class: 'command' },
    ...form.fields.map(({ option, label, value }) => field(option, { label, value })),
    h('footer', {}, submit),
  );
  const dialog = openDialog(form.title, element);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(submit, async () => {
      await press(message, button, filledIn(element).values);
      dialog.close();
    });
  });
}

/** Links that keep a painting. @param {WireMessage} message */
function keepers({ picture }) {
  if (!picture) return [];
  const { url, name } = picture;
  return [
    h(
      'span',
      { class: 'keep' },
      h('a', { href: url, download: name }, 'Download'),
      h('a', { href: `${url}/parameters`, download: name.replace(/\.\w+$/, '.json') }, 'Parameters'),
    ),
  ];
}

/**
 * What somebody asked for: the message that a thread begins with.
 *
 * @param {WireThread} thread
 */
export function requestElement({ title, person, personName, photograph, style, at }) {
  const thumbnail = (/** @type {string | null} */ url, /** @type {string} */ alt) =>
    url &&
    h('img', {
      src: url,
      alt,
      onerror: (/** @type {Event} */ event) => /** @type {Element} */ (event.target).remove(),
    });
  return h(
    'article',
    { class: 'message request' },
    h(
      'header',
      {},
      h('span', { class: 'who' }, person === state.me.id ? `${personName} (you)` : personName),
      h('time', {}, clock(at)),
    ),
    h('div', { class: 'asked' }, thumbnail(photograph, 'The photograph'), thumbnail(style, 'The style')),
    h('p', { class: 'text' }, `Please paint: ${title}`),
  );
}
