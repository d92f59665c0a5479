/** @import { WireMessage, WirePerson, WireRefusal } from '../src/adapters/web/wire.ts' */
/** @import { CommandSpec } from '../src/bot/commands.ts' */
/** @import { Form } from '../src/bot/forms.ts' */
/** @import { Message } from '../src/bot/chat.ts' */

/**
 * @typedef {object} Studio What the studio is.
 * @property {string} version
 * @property {number} maxBytes Largest picture that it takes.
 * @property {CommandSpec[]} commands
 * @property {{ name: string, title: string, description: string }[]} gallery
 * @property {{ name: string, title: string, credit: string }[]} samples
 */
/** @typedef {{ replies: WireMessage[] }} Replies */
/** @typedef {Record<string, string | number | boolean>} Values */

/** This tab's identity lasts as long as the tab: another tab is another person. */
const PASS = 'impasto-pass';

/** The studio has refused something: what, and what to do next. */
export class Refusal extends Error {
  /** @param {WireRefusal} refusal */
  constructor({ code, message, advice }) {
    super(`${message} ${advice}`);
    this.code = code;
  }
}

/** @returns {Record<string, string>} */
export function passHeader() {
  const pass = sessionStorage.getItem(PASS);
  return pass ? { [PASS]: pass } : {};
}

/** Whether this tab has been somebody before. */
export const isKnown = () => sessionStorage.getItem(PASS) !== null;

/**
 * @param {string} address
 * @param {RequestInit} [request]
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
async function ask(address, request = {}) {
  const response = await fetch(`api/${address}`, {
    ...request,
    headers: { ...passHeader(), ...request.headers },
  }).catch(() => {
    const message = 'The studio does not answer.';
    throw new Refusal({ code: 'closed', message, advice: 'See whether it still runs.' });
  });
  const body = await response.json().catch(() => undefined);
  if (response.ok) return body;
  throw new Refusal(
    body ?? { code: 'closed', message: 'The studio does not answer as it should.', advice: 'Try again.' },
  );
}

/**
 * @param {string} address
 * @param {object} body
 */
const tell = (address, body) =>
  ask(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** @returns {Promise<{ open: boolean }>} */
export const door = () => ask('door');

/** @param {string} token */
export const enter = (token) => tell('door', { token });

/** @returns {Promise<Studio>} */
export const studio = () => ask('studio');

/** @returns {Promise<WirePerson>} Who this tab is. */
export const me = () => ask('me');

/**
 * @param {string} name
 * @returns {Promise<WirePerson>}
 */
export async function introduce(name) {
  const { person, pass } = await tell('people', { name });
  sessionStorage.setItem(PASS, pass);
  return person;
}

/**
 * @param {Partial<WirePerson>} change
 * @returns {Promise<WirePerson>}
 */
export const changeMe = (change) => tell('me', change);

/**
 * @param {Blob} file
 * @param {string} name
 * @returns {Promise<string>} The id by which a command names it.
 */
export async function upload(file, name) {
  const { id } = await ask(`uploads?name=${encodeURIComponent(name)}`, { method: 'POST', body: file });
  return id;
}

/**
 * @param {{ command: string, subcommand?: string | undefined, options?: Values, uploads?: Record<string, string> }} given
 * @returns {Promise<Replies>}
 */
export const command = (given) => tell('commands', given);

/**
 * @param {string} message
 * @param {{ action: string, jobId?: string, options?: Values }} given
 * @returns {Promise<Replies>}
 */
export const act = (message, given) => tell(`messages/${message}/actions`, given);

/**
 * @param {string} message
 * @param {string} action
 * @param {string} job
 * @returns {Promise<Form | Message>}
 */
export const form = (message, action, job) =>
  ask(`messages/${message}/form?${new URLSearchParams({ action, job })}`);

/** @returns {Promise<Form | Message>} The form of a request, with one's own defaults. */
export const ownDefaults = () => ask('form');

/**
 * @param {string} name
 * @param {string} option
 * @param {string} text
 * @returns {Promise<string[]>}
 */
export const suggest = (name, option, text) =>
  ask(`suggestions?${new URLSearchParams({ command: name, option, text })}`);

/**
 * @param {number} since
 * @returns {Promise<import('../src/adapters/web/wire.ts').WireUpdate>}
 */
export const updates = (since) => ask(`updates?since=${since}`);
