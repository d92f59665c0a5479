import { h } from './dom.js';
import { messageElement, requestElement } from './message.js';
import { state } from './state.js';

/**
 * A thread's page, or the desk's, where commands outside of threads are answered.
 *
 * @param {string | null} id
 */
export function threadPage(id) {
  const thread = id === null ? undefined : state.threads.get(id);
  if (id !== null && (!thread || thread.removed)) {
    return h(
      'section',
      { class: 'page' },
      h('h2', {}, 'This painting is gone'),
      h('p', {}, h('a', { href: '#new' }, 'Begin another.')),
    );
  }
  const feed = h('div', { class: 'feed', id: 'feed', 'data-thread': id ?? '' });
  const page = h(
    'section',
    { class: 'page conversation', 'aria-label': thread?.title ?? 'Answers to commands' },
    h('h2', {}, thread?.title ?? 'Answers to commands'),
    feed,
  );
  if (thread) feed.append(requestElement(thread));
  const messages = state.messagesOf(id);
  if (!thread && messages.length === 0)
    feed.append(
      h('p', { class: 'help' }, 'Nothing yet: what you ask on the other pages is answered here, too.'),
    );
  for (const message of messages) feed.append(messageElement(message, undefined));
  return page;
}

/**
 * Shows changed messages in the thread that is open.
 *
 * @param {import('../src/adapters/web/wire.ts').WireMessage[]} changed
 */
export function showMessages(changed) {
  const feed = document.getElementById('feed');
  if (!feed) return;
  const main = feed.closest('main');
  const isAtEnd = main !== null && main.scrollHeight - main.scrollTop - main.clientHeight < 160;
  for (const message of changed) {
    const before = document.getElementById(`message-${message.id}`) ?? undefined;
    if (message.removed) before?.remove();
    else if ((message.thread ?? '') === feed.dataset.thread) {
      const element = messageElement(message, before);
      if (!before) feed.append(element);
    }
  }
  if (isAtEnd) main.scrollTo({ top: main.scrollHeight });
}
