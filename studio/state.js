/** @import { WireMessage, WirePerson, WireThread, WireUpdate } from '../src/adapters/web/wire.ts' */
/** @import { Studio } from './api.js' */

/** What the page knows: the studio, who this tab is, and every thread and message, by id. */
class State {
  /** @type {Studio} */
  studio = { version: '', maxBytes: 0, commands: [], gallery: [], samples: [] };
  /** @type {WirePerson} */
  me = { id: '', name: '', admin: false, roles: [] };
  /** @type {Map<string, WireThread>} */
  threads = new Map();
  /** @type {Map<string, WireMessage>} */
  messages = new Map();

  /**
   * Takes what is new; what is known already changes nothing.
   *
   * @param {WireUpdate} update
   * @returns {{ threads: WireThread[], messages: WireMessage[] }} what has changed.
   */
  take(update) {
    return {
      threads: update.threads.filter((thread) => keep(this.threads, thread)),
      messages: update.messages.filter((message) => keep(this.messages, message)),
    };
  }

  /** @param {string | null} thread @returns {WireMessage[]} oldest first */
  messagesOf(thread) {
    return [...this.messages.values()]
      .filter((message) => message.thread === thread && !message.removed)
      .sort((a, b) => a.at - b.at || a.revision - b.revision);
  }

  /** @returns {WireThread[]} newest first */
  sortedThreads() {
    return [...this.threads.values()].filter((thread) => !thread.removed).sort((a, b) => b.at - a.at);
  }

  /** @returns {WireMessage[]} The jobs that are waiting or being painted, oldest first. */
  underWay() {
    return [...this.messages.values()]
      .filter((message) => message.progress !== null && !message.removed)
      .sort((a, b) => (b.progress ? 1 : 0) - (a.progress ? 1 : 0) || a.at - b.at);
  }

  /** @returns {Map<string, string>} Names of people, by id. */
  people() {
    const people = new Map([[this.me.id, this.me.name]]);
    for (const thread of this.threads.values()) people.set(thread.person, thread.personName);
    return people;
  }
}

/**
 * @template {{ id: string, revision: number }} Item
 * @param {Map<string, Item>} known
 * @param {Item} item
 */
function keep(known, item) {
  const before = known.get(item.id);
  if (before && before.revision >= item.revision) return false;
  known.set(item.id, item);
  return true;
}

export const state = new State();
