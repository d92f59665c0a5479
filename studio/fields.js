/** @import { OptionSpec } from '../src/bot/commands.ts' */
import * as api from './api.js';
import { fill, h } from './dom.js';
import { PICTURES } from './files.js';
import { state } from './state.js';

/**
 * A form's field, derived from an option of the command table.
 *
 * @param {OptionSpec} option
 * @param {{ command?: string, label?: string, value?: string | undefined }} [about]
 */
export function field(option, { command = '', label = option.name.replaceAll('_', ' '), value } = {}) {
  const id = `field-${crypto.randomUUID()}`;
  const input = control(option, id, command);
  if (value !== undefined && option.type !== 'picture') input.value = value;
  const range = rangeOf(option);
  return h(
    'div',
    { class: `field ${option.type}` },
    h('label', { for: id }, label, option.required && h('span', { class: 'required' }, ' · required')),
    input,
    h('p', { class: 'help', id: `${id}-help` }, option.description, range && ` (${range})`),
  );
}

/**
 * @param {OptionSpec} option
 * @param {string} id
 * @param {string} command
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function control(option, id, command) {
  const { name, type, required, min, max, choices = ['yes', 'no'] } = option;
  const common = { id, name, required, 'aria-describedby': `${id}-help` };
  switch (type) {
    case 'picture':
      return h('input', { ...common, type: 'file', accept: PICTURES });
    case 'choice':
    case 'boolean':
      return select(
        common,
        choices.map((choice) => [choice, choice]),
      );
    case 'user':
      return select(common, [...state.people()]);
    case 'channel':
      return h('input', { ...common, type: 'text', value: 'studio' });
    case 'integer':
    case 'number':
      return h('input', { ...common, type: 'number', min, max, step: type === 'integer' ? 1 : 'any' });
    default:
      return suggesting(
        h('input', { ...common, type: 'text', minlength: min, maxlength: max }),
        option,
        command,
      );
  }
}

/**
 * @param {import('./dom.js').Attributes} attributes
 * @param {(readonly [string, string])[]} choices
 */
function select(attributes, choices) {
  return h(
    'select',
    attributes,
    h('option', { value: '' }, '—'),
    ...choices.map(([value, text]) => h('option', { value }, text)),
  );
}

/**
 * Offers completions while somebody types.
 *
 * @param {HTMLInputElement} input
 * @param {OptionSpec} option
 * @param {string} command
 */
function suggesting(input, option, command) {
  if (!option.suggest) return input;
  const list = h('datalist', { id: `${input.id}-list` });
  input.setAttribute('list', list.id);
  input.autocomplete = 'off';
  const offer = async () => {
    const names = await api.suggest(command, option.name, input.value).catch(() => []);
    fill(list, ...names.map((name) => h('option', { value: name })));
  };
  input.addEventListener('focus', () => {
    input.after(list);
    void offer();
  });
  input.addEventListener('input', () => void offer());
  return input;
}

/** @param {OptionSpec} option */
function rangeOf({ type, min, max }) {
  if (type !== 'integer' && type !== 'number') return undefined;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min === undefined ? undefined : `at least ${min}`;
}

/**
 * What a form was filled in with, by the names of its options: values, and files.
 *
 * @param {HTMLFormElement} form
 * @returns {{ values: api.Values, files: Record<string, File> }}
 */
export function filledIn(form) {
  /** @type {api.Values} */
  const values = {};
  /** @type {Record<string, File>} */
  const files = {};
  for (const [name, value] of new FormData(form)) {
    if (value instanceof File) {
      if (value.size > 0) files[name] = value;
    } else if (value !== '') values[name] = value;
  }
  return { values, files };
}

/**
 * Sends pictures, of which those that are too large are refused before they travel.
 *
 * @param {Record<string, File>} files
 * @returns {Promise<Record<string, string>>} their ids.
 * @throws {api.Refusal}
 */
export async function sendFiles(files) {
  /** @type {Record<string, string>} */
  const ids = {};
  for (const [name, file] of Object.entries(files)) {
    if (file.size > state.studio.maxBytes) {
      throw new api.Refusal({
        code: 'picture-too-large',
        message: `${file.name} has ${Math.ceil(file.size / 1e6)} MB; the studio takes ${Math.floor(state.studio.maxBytes / 1e6)}.`,
        advice: 'Choose a smaller one.',
      });
    }
    ids[name] = await api.upload(file, file.name);
  }
  return ids;
}
