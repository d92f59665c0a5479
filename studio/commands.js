/** @import { CommandSpec } from '../src/bot/commands.ts' */
/** @import { WireMessage } from '../src/adapters/web/wire.ts' */
import * as api from './api.js';
import { fill, h, openDialog } from './dom.js';
import { field, filledIn, sendFiles } from './fields.js';
import { state } from './state.js';
import { formatted } from './text.js';

/**
 * A command of the table, or one of its subcommands.
 *
 * @param {string} name
 * @param {string} [subcommand]
 * @returns {CommandSpec}
 */
export function specOf(name, subcommand) {
  const command = state.studio.commands.find((each) => each.name === name);
  const found = subcommand ? command?.subcommands?.find((each) => each.name === subcommand) : command;
  if (!found) throw new Error(`There is no command ${name} ${subcommand ?? ''}.`);
  return found;
}

/**
 * A form that gives a command and shows its answer below.
 *
 * @param {string} name
 * @param {string | undefined} subcommand
 * @param {{ submit?: string, values?: Record<string, string>, done?: () => void, changesOnly?: boolean }} [how]
 *   changesOnly: fields that are as they were are not sent.
 */
export function commandForm(name, subcommand, { submit, values = {}, done, changesOnly } = {}) {
  const spec = specOf(name, subcommand);
  const answer = h('output', { class: 'answer', 'aria-live': 'polite' });
  const button = h(
    'button',
    { class: 'primary', type: 'submit' },
    submit ?? (subcommand ?? name).replaceAll('-', ' '),
  );
  const form = h(
    'form',
    { class: 'command' },
    ...spec.options.map((option) => field(option, { command: name, value: values[option.name] })),
    h('footer', {}, button),
    answer,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(button, async () => {
      const filled = filledIn(form);
      const options = Object.fromEntries(
        Object.entries(filled.values).filter(([key, value]) => !changesOnly || value !== values[key]),
      );
      await answered(answer, async () => {
        const uploads = await sendFiles(filled.files);
        return api.command({ command: name, subcommand, options, uploads });
      });
      done?.();
    });
  });
  return form;
}

/**
 * Shows what a command is answered with, or why it is not.
 *
 * @param {HTMLElement} place
 * @param {() => Promise<api.Replies>} give
 * @returns {Promise<WireMessage[]>}
 */
export async function answered(place, give) {
  try {
    const { replies } = await give();
    fill(place, ...replies.map(reply), replies.length === 0 && 'Done.');
    return replies;
  } catch (error) {
    fill(place, h('p', { class: 'refused' }, error instanceof Error ? error.message : String(error)));
    return [];
  }
}

/** @param {WireMessage} message */
function reply({ text, names, picture }) {
  return h(
    'div',
    { class: 'reply' },
    formatted(text, names),
    picture && h('img', { src: picture.url, alt: picture.alt }),
  );
}

/**
 * A dialog for a command or a subcommand.
 *
 * @param {string} name
 * @param {string} [subcommand]
 * @param {Parameters<typeof commandForm>[2]} [how]
 */
export function commandDialog(name, subcommand, how) {
  const spec = specOf(name, subcommand);
  const form = commandForm(name, subcommand, how);
  openDialog(spec.description, form);
  // What needs nothing is asked at once.
  if (spec.options.length === 0) {
    form.querySelector('footer')?.setAttribute('hidden', '');
    form.requestSubmit();
  }
}

/**
 * Keeps a button from being pressed twice.
 *
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} work
 */
export async function busy(button, work) {
  if (button.ariaBusy === 'true') return;
  button.ariaBusy = 'true';
  try {
    await work();
  } finally {
    button.ariaBusy = null;
  }
}
