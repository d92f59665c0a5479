/** @import { WireThread } from '../src/adapters/web/wire.ts' */
import { byId, fill, h } from './dom.js';
import { state } from './state.js';

/** Shows the list of threads: one's own first, then those of others. */
export function showThreads() {
  const threads = state.sortedThreads();
  const own = threads.filter(({ person }) => person === state.me.id);
  const others = threads.filter(({ person }) => person !== state.me.id);
  fill(
    byId('threads'),
    h('a', { class: 'primary new', href: '#new' }, 'New painting'),
    list('Yours', own, 'What you ask for stands here.'),
    others.length > 0 && list('Others’', others),
    h('a', { class: 'desk', href: '#desk' }, 'Answers to commands'),
  );
  markCurrent();
}

/** Marks where one is. */
export function markCurrent() {
  const here = location.hash === '' ? '#new' : location.hash;
  for (const link of document.querySelectorAll('.threads a, .pages a')) {
    if (link.getAttribute('href') === here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** @param {string} title @param {WireThread[]} threads @param {string} [empty] */
function list(title, threads, empty) {
  return h(
    'section',
    {},
    h('h2', {}, title),
    threads.length === 0 && empty && h('p', { class: 'help' }, empty),
    h('ol', {}, ...threads.map((thread) => h('li', {}, link(thread)))),
  );
}

/** @param {WireThread} thread */
function link({ id, title, person, personName, photograph }) {
  const messages = state.messagesOf(id);
  const latest = messages.findLast(({ picture }) => picture)?.picture?.url ?? photograph;
  const painting = messages.find(({ progress }) => progress !== null);
  const status = painting
    ? painting.progress
      ? `${Math.floor(100 * painting.progress)} %`
      : 'waiting'
    : undefined;
  return h(
    'a',
    { href: `#thread=${id}`, class: 'thread' },
    latest ? h('img', { src: latest, alt: '' }) : h('span', { class: 'blank' }),
    h(
      'span',
      { class: 'about' },
      h('span', { class: 'title' }, title),
      h(
        'span',
        { class: 'by' },
        person === state.me.id ? '' : personName,
        status && h('span', { class: 'status' }, status),
      ),
    ),
  );
}
