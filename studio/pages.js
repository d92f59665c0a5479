/** @import { WireMessage } from '../src/adapters/web/wire.ts' */
import * as api from './api.js';
import { commandDialog, commandForm, specOf } from './commands.js';
import { fill, h } from './dom.js';
import { chooseStyle } from './easel.js';
import { state } from './state.js';
import { formatted } from './text.js';

/** What waits and what is being painted. */
export function queuePage() {
  return h('section', { class: 'page', id: 'queue' }, ...queueContent());
}

/** Shows the queue anew, where it is open. */
export function showQueue() {
  const page = document.getElementById('queue');
  if (page) fill(page, ...queueContent());
}

function queueContent() {
  const jobs = state.underWay();
  return [
    h('h2', {}, 'The queue'),
    h(
      'p',
      { class: 'lead' },
      jobs.length === 0
        ? 'Nothing waits and nothing is being painted.'
        : 'The next is one of whoever has had the least painting of late. Open another tab to be somebody else.',
    ),
    h('ol', { class: 'jobs' }, ...jobs.map(jobItem)),
  ];
}

/** @param {WireMessage} message */
function jobItem(message) {
  const { thread: id, text, progress, buttons } = message;
  const thread = id === null ? undefined : state.threads.get(id);
  const mine = thread?.person === state.me.id;
  const [first = ''] = text.replaceAll(/[▰▱]{10} ?/g, '').split('\n');
  return h(
    'li',
    { class: mine ? 'mine' : '' },
    thread?.photograph ? h('img', { src: thread.photograph, alt: '' }) : h('span', { class: 'blank' }),
    h(
      'div',
      {},
      h('a', { href: `#thread=${id}` }, thread?.title ?? 'A painting'),
      h('span', { class: 'by' }, mine ? ' · yours' : ` · ${thread?.personName ?? ''}`),
      formatted(first, message.names),
      h('progress', { max: 1, value: progress ?? 0, 'aria-label': 'Share that is painted' }),
    ),
    (mine || state.me.admin) &&
      h(
        'button',
        {
          type: 'button',
          class: 'reaction',
          onclick: () => void api.act(message.id, { action: 'remove', jobId: buttons[0]?.jobId ?? '' }),
        },
        'Cancel',
      ),
  );
}

/** The gallery and the styles that people have saved. */
export function stylesPage() {
  const saved = h('div', { class: 'saved' });
  void showSaved(saved);
  const again = { done: () => void showSaved(saved) };
  return h(
    'section',
    { class: 'page' },
    h('h2', {}, 'Styles'),
    h(
      'p',
      { class: 'lead' },
      'Twelve come with the program and may be used freely. You can save others under a name.',
    ),
    h(
      'ul',
      { class: 'wall' },
      ...state.studio.gallery.map(({ name, title, description }) =>
        h(
          'li',
          {},
          h(
            'a',
            { href: '#new', onclick: () => chooseStyle(name) },
            h('img', { src: `gallery/${name}`, alt: `Paint in the style ${title}`, loading: 'lazy' }),
          ),
          h('h3', {}, title),
          h('p', {}, description),
        ),
      ),
    ),
    h('h3', {}, 'Saved here'),
    saved,
    h(
      'div',
      { class: 'row' },
      h('button', { type: 'button', onclick: () => commandDialog('styles', 'save', again) }, 'Save a style…'),
      h(
        'button',
        { type: 'button', onclick: () => commandDialog('styles', 'use') },
        'Keep one for my next painting…',
      ),
      h('button', { type: 'button', onclick: () => commandDialog('styles', 'remove', again) }, 'Remove one…'),
    ),
  );
}

/** @param {HTMLElement} place */
async function showSaved(place) {
  const names = await api
    .suggest('styles', specOf('styles', 'remove').options[0]?.name ?? '', '')
    .catch(() => []);
  const built = new Set(state.studio.gallery.map(({ name }) => name));
  const own = names.filter((name) => !built.has(name));
  fill(
    place,
    ...own.map((name) => h('a', { class: 'reaction', href: '#new', onclick: () => chooseStyle(name) }, name)),
    own.length === 0 && h('p', { class: 'help' }, 'None yet.'),
  );
}

/** The limits, for those who act as admins. */
export function limitsPage(/** @type {() => void} */ redraw) {
  const page = h('section', { class: 'page' }, h('h2', {}, 'Limits'));
  if (!state.me.admin) {
    page.append(
      h(
        'p',
        { class: 'lead' },
        'Here the admins of a server settle what its members may ask for: the largest picture, the longest painting, how many at once and a day. In the studio everybody may act as one.',
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'primary',
          onclick: () =>
            void api.changeMe({ admin: true }).then((me) => {
              state.me = me;
              redraw();
            }),
        },
        'Act as an admin',
      ),
    );
    return page;
  }
  const inForce = h('output', { class: 'answer' });
  const form = h('div');
  /** Reads the limits anew, and fills the form in with them. */
  const show = async () => {
    const { replies } = await api.command({ command: 'limits', subcommand: 'show' });
    const text = replies[0]?.text ?? '';
    const values = Object.fromEntries(
      [...text.matchAll(/^`(\w+)` (\d+)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const others = text.split('\n').filter((line) => !line.startsWith('`') && !line.startsWith('**'));
    fill(inForce, formatted(others.join('\n'), replies[0]?.names ?? {}));
    return values;
  };
  const refill = async () =>
    fill(
      form,
      commandForm('limits', 'set', {
        submit: 'Set these limits',
        values: await show(),
        changesOnly: true,
        done: () => void show(),
      }),
    );
  void refill();
  page.append(
    h(
      'p',
      { class: 'lead' },
      'They hold from the next request on. What is too large is painted smaller, and whoever asked is told; what is refused says why.',
    ),
    form,
    inForce,
    h(
      'div',
      { class: 'row' },
      ...['role', 'user', 'channel', 'reset', 'log'].map((name) =>
        h(
          'button',
          { type: 'button', onclick: () => commandDialog('limits', name, { done: () => void refill() }) },
          `${LIMIT_TITLES[name]}…`,
        ),
      ),
    ),
  );
  return page;
}

/** @type {Record<string, string>} */
const LIMIT_TITLES = {
  role: 'A role',
  user: 'Block somebody',
  channel: 'A channel',
  reset: 'Set back',
  log: 'Who changed what',
};

/** Every other command of the table. */
export function morePage() {
  const commands = state.studio.commands.filter(
    ({ name }) => !['stylize', 'styles', 'limits'].includes(name),
  );
  const entry = (
    /** @type {string} */ name,
    /** @type {string | undefined} */ subcommand,
    /** @type {string} */ description,
  ) =>
    h(
      'li',
      {},
      h(
        'button',
        { type: 'button', onclick: () => commandDialog(name, subcommand) },
        subcommand ? `${name} ${subcommand}` : name,
      ),
      h('span', {}, description),
    );
  return h(
    'section',
    { class: 'page' },
    h('h2', {}, 'More'),
    h('p', { class: 'lead' }, 'Whatever can be said to the bot in Discord or Slack can be said here.'),
    h(
      'ul',
      { class: 'commands' },
      ...commands.flatMap(({ name, description, subcommands }) =>
        subcommands
          ? subcommands.map((sub) => entry(name, sub.name, sub.description))
          : [entry(name, undefined, description)],
      ),
    ),
  );
}
