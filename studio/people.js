import * as api from './api.js';
import { byId, fill, h, openDialog } from './dom.js';
import { state } from './state.js';

/**
 * Asks for something before the page can begin; asks again when it is refused.
 *
 * @template Result
 * @param {string} title
 * @param {string} why
 * @param {{ label: string, type?: string, value?: string, button: string }} field
 * @param {(text: string) => Promise<Result>} take
 * @returns {Promise<Result>}
 */
function askFor(title, why, { label, type = 'text', value = '', button }, take) {
  const input = h('input', {
    id: 'asked',
    type,
    value,
    required: true,
    maxlength: 500,
    autocomplete: 'off',
    autofocus: true,
  });
  const problem = h('p', { class: 'refused', role: 'alert' });
  const form = h(
    'form',
    { class: 'command' },
    h('p', {}, why),
    h('label', { for: 'asked' }, label),
    input,
    problem,
    h('footer', {}, h('button', { class: 'primary', type: 'submit' }, button)),
  );
  const dialog = openDialog(title, form);
  dialog.classList.add('asking');
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      take(input.value).then(
        (result) => {
          dialog.close();
          resolve(result);
        },
        (error) => fill(problem, error instanceof Error ? error.message : String(error)),
      );
    });
  });
}

export const askForToken = () =>
  askFor(
    'The studio',
    'This studio is for those who know its token.',
    { label: 'Token', type: 'password', button: 'Enter' },
    api.enter,
  );

export const askForName = () =>
  askFor(
    'Welcome',
    'Every tab of this browser is somebody else. Whom may I paint for here?',
    { label: 'Your name', button: 'Come in' },
    api.introduce,
  );

/** Shows who this tab is, on the button that opens the dialog about them. */
export function showMe() {
  const { name, admin } = state.me;
  fill(
    byId('you'),
    h('span', { class: 'unseen' }, 'You are '),
    name,
    admin && h('span', { class: 'badge' }, 'admin'),
  );
}

/** @param {() => void} changed */
export function openMe(changed) {
  const { name, admin, roles } = state.me;
  const problem = h('p', { class: 'refused', role: 'alert' });
  const form = h(
    'form',
    { class: 'command' },
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'my-name' }, 'Name'),
      h('input', { id: 'my-name', name: 'name', value: name, required: true, maxlength: 40 }),
    ),
    h(
      'label',
      { class: 'check' },
      h('input', { type: 'checkbox', name: 'admin', checked: admin }),
      h(
        'span',
        {},
        'Act as an admin',
        h('small', {}, 'may set limits, and cancel and delete what others asked for'),
      ),
    ),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'my-roles' }, 'Roles'),
      h('input', { id: 'my-roles', name: 'roles', value: roles.join(' '), 'aria-describedby': 'roles-help' }),
      h('p', { class: 'help', id: 'roles-help' }, 'to try limits of roles: words, apart by spaces'),
    ),
    problem,
    h('footer', {}, h('button', { class: 'primary', type: 'submit' }, 'Keep')),
  );
  const dialog = openDialog('You', form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    try {
      state.me = await api.changeMe({
        name: String(data.get('name')),
        admin: data.has('admin'),
        roles: String(data.get('roles'))
          .split(/[\s,]+/)
          .filter((role) => role !== ''),
      });
      dialog.close();
      changed();
    } catch (error) {
      fill(problem, error instanceof Error ? error.message : String(error));
    }
  });
}
