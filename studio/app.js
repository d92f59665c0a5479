/** @import { WireMessage } from '../src/adapters/web/wire.ts' */
import * as api from './api.js';
import { announce, byId, fill } from './dom.js';
import { easel, listenForPictures } from './easel.js';
import { isPainting } from './message.js';
import { limitsPage, morePage, queuePage, showQueue, stylesPage } from './pages.js';
import { askForName, askForToken, openMe, showMe } from './people.js';
import { markCurrent, showThreads } from './sidebar.js';
import { state } from './state.js';
import { startTheme } from './theme.js';
import { showMessages, threadPage } from './thread.js';
import { follow } from './updates.js';

/** @param {import('../src/adapters/web/wire.ts').WireUpdate} update */
function take(update) {
  const isFirst = state.threads.size === 0 && state.messages.size === 0;
  const { threads, messages } = state.take(update);
  if (threads.length === 0 && messages.length === 0) return;
  showThreads();
  showQueue();
  showUnderWay();
  const open = openThread();
  if (threads.some(({ id }) => id === open) || (isFirst && location.hash !== '')) show();
  else showMessages(messages);
  if (!isFirst) for (const message of messages) tell(message);
}

/** Shows the page that the address names. */
function show() {
  const main = byId('main');
  const thread = openThread();
  fill(main, thread === undefined ? (PAGES[location.hash] ?? easel)() : threadPage(thread));
  main.scrollTo({ top: thread ? main.scrollHeight : 0 });
  document.body.classList.remove('menu-open');
  byId('menu').setAttribute('aria-expanded', 'false');
  markCurrent();
}

/** @type {Record<string, () => HTMLElement>} */
const PAGES = {
  '#queue': queuePage,
  '#styles': stylesPage,
  '#limits': () =>
    limitsPage(() => {
      showMe();
      show();
    }),
  '#more': morePage,
  '#desk': () => threadPage(null),
};

function openThread() {
  return location.hash.startsWith('#thread=') ? location.hash.slice('#thread='.length) : undefined;
}

function showUnderWay() {
  const jobs = state.underWay();
  const count = byId('under-way');
  count.hidden = jobs.length === 0;
  fill(count, jobs.length, ' ');
  const own = jobs.find(({ thread }) => thread !== null && state.threads.get(thread)?.person === state.me.id);
  document.title = own ? `${Math.floor(100 * (own.progress ?? 0))} % · Impasto` : 'Impasto';
}

/** Quarters of paintings that have been told. @type {Map<string, number>} */
const told = new Map();

/** Tells a screen reader what matters: that a painting begins, its quarters, its end; not each of its steps. */
function tell(/** @type {WireMessage} */ { id, mention, text, progress, thread, ...message }) {
  const isMine =
    mention === state.me.id || (thread !== null && state.threads.get(thread)?.person === state.me.id);
  if (!isMine) return;
  if (progress === null) {
    if (mention === state.me.id)
      announce(
        isPainting({ ...message, id, mention, text, progress, thread })
          ? 'Your picture is ready.'
          : plain(text),
      );
    return;
  }
  const quarter = Math.floor(4 * progress);
  if (told.get(id) === quarter) return;
  told.set(id, quarter);
  announce(quarter === 0 ? plain(text) : `${25 * quarter} % painted`);
}

/** The first line of a text, without its marks. @param {string} text */
const plain = (text) => (text.split('\n')[0] ?? '').replaceAll(/[*`▰▱]/g, '');

/** @param {boolean} isConnected */
function showConnection(isConnected) {
  document.body.classList.toggle('cut-off', !isConnected);
}

function startMenu() {
  const menu = byId('menu');
  menu.addEventListener('click', () => {
    const isOpen = document.body.classList.toggle('menu-open');
    menu.setAttribute('aria-expanded', String(isOpen));
  });
  addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !document.body.classList.contains('menu-open')) return;
    document.body.classList.remove('menu-open');
    menu.setAttribute('aria-expanded', 'false');
    menu.focus();
  });
}

startTheme();
if (!(await api.door()).open) await askForToken();
state.studio = await api.studio();
show();
state.me = api.isKnown() ? await api.me().catch(askForName) : await askForName();
showMe();
showThreads();
show();
addEventListener('hashchange', show);
byId('you').addEventListener('click', () =>
  openMe(() => {
    showMe();
    showThreads();
    show();
  }),
);
listenForPictures();
startMenu();
void follow(take, showConnection, () => location.reload());
