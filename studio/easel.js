/** @import { OptionSpec } from '../src/bot/commands.ts' */
import * as api from './api.js';
import { busy, specOf } from './commands.js';
import { announce, fill, h } from './dom.js';
import { field, filledIn, sendFiles } from './fields.js';
import { isPicture, PICTURES } from './files.js';
import { state } from './state.js';

/** Options that have a place of their own above the derived fields. */
const PLACED = ['content', 'style', 'style_name', 'preset', 'strength', 'sweep'];

/** What is on the easel; it stays there while other pages are looked at. */
const chosen = {
  /** @type {File | undefined} */
  content: undefined,
  /** @type {File | undefined} */
  style: undefined,
  styleName: 'whirling-night',
};

/** Puts a style of the gallery, or a saved one, on the easel. @param {string} name */
export function chooseStyle(name) {
  chosen.styleName = name;
  chosen.style = undefined;
}

/** @type {((files: File[], slot?: 'content' | 'style') => void) | undefined} */
let place;

/** The page on which a request is made. */
export function easel() {
  const spec = specOf('stylize');
  const problem = h('p', { class: 'refused', role: 'alert' });
  const photograph = slot('content', 'Photograph', 'Drop, paste or choose yours');
  const painting = slot('style', 'Style', 'Drop a painting, or pick one below');
  const gallery = h(
    'div',
    { class: 'gallery', role: 'radiogroup', 'aria-label': 'Styles of the gallery' },
    ...state.studio.gallery.map(styleChoice),
  );
  const submit = h('button', { class: 'primary large', type: 'submit' }, 'Paint');
  const form = h(
    'form',
    { class: 'easel' },
    h(
      'header',
      { class: 'hero' },
      h('h2', {}, 'What shall I paint?'),
      h(
        'p',
        {},
        'Give me a photograph and a painting: I repaint the one in the style of the other. You watch it come to be, and a press on ➕ or ➖ paints it again, with more of the one or of the other.',
      ),
    ),
    h('div', { class: 'slots' }, photograph.element, painting.element),
    h(
      'section',
      { class: 'offers' },
      h('h3', {}, 'No photograph at hand?'),
      h('div', { class: 'samples' }, ...state.studio.samples.map(sample)),
    ),
    h('section', { class: 'offers' }, h('h3', {}, 'The gallery'), gallery),
    h(
      'div',
      { class: 'dials' },
      h(
        'fieldset',
        { class: 'segments' },
        h('legend', {}, 'Size and care'),
        ...presets(option(spec.options, 'preset')),
      ),
      strength(option(spec.options, 'strength')),
      h(
        'label',
        { class: 'check' },
        h('input', { type: 'checkbox', name: 'sweep', value: 'true' }),
        h('span', {}, 'Five strengths first', h('small', {}, 'a sheet of drafts, to choose by eye')),
      ),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'Every option'),
      h(
        'div',
        { class: 'fields' },
        ...spec.options
          .filter(({ name }) => !PLACED.includes(name))
          .map((each) => field(each, { command: 'stylize' })),
      ),
    ),
    problem,
    h(
      'footer',
      {},
      submit,
      h('p', { class: 'help' }, 'Your pictures stay on this machine. Their metadata is left out.'),
    ),
  );

  const show = () => {
    photograph.show(chosen.content && URL.createObjectURL(chosen.content), chosen.content?.name);
    const built = state.studio.gallery.find(({ name }) => name === chosen.styleName);
    if (chosen.style) painting.show(URL.createObjectURL(chosen.style), chosen.style.name);
    else painting.show(built && `gallery/${built.name}`, built?.title ?? chosen.styleName);
    for (const input of gallery.querySelectorAll('input')) {
      input.checked = !chosen.style && input.value === chosen.styleName;
    }
  };
  place = (files, at) => {
    for (const file of files.slice(0, 2)) {
      const target =
        at ??
        (chosen.content && files.length === 1 ? 'style' : files.indexOf(file) === 0 ? 'content' : 'style');
      chosen[target] = file;
    }
    show();
    announce(`${files.map(({ name }) => name).join(' and ')} on the easel`);
  };
  gallery.addEventListener('change', (event) => {
    chooseStyle(/** @type {HTMLInputElement} */ (event.target).value);
    show();
  });
  // What nobody has touched is left to one's own defaults.
  const touched = new Set();
  form.addEventListener('change', ({ target }) => touched.add(/** @type {HTMLInputElement} */ (target).name));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(submit, () => paint(form, touched, problem));
  });
  if (state.me.id !== '')
    void api.ownDefaults().then((defaults) => {
      for (const {
        option: { name },
        value,
      } of 'fields' in defaults ? defaults.fields : []) {
        const input = form.elements.namedItem(name);
        if (value === undefined || !(input instanceof RadioNodeList || input instanceof HTMLInputElement))
          continue;
        input.value = value;
        if (input instanceof HTMLInputElement) input.dispatchEvent(new Event('input'));
      }
    });
  show();
  return form;
}

/**
 * @param {HTMLFormElement} form
 * @param {Set<string>} touched - names of the dials that somebody has set.
 * @param {HTMLElement} problem
 */
async function paint(form, touched, problem) {
  fill(problem);
  try {
    if (!chosen.content)
      throw new Error('There is no photograph on the easel yet: drop one, or take one of the samples.');
    const { values, files } = filledIn(form);
    for (const name of ['preset', 'strength']) if (!touched.has(name)) delete values[name];
    const pictures = { ...files, content: chosen.content, ...(chosen.style && { style: chosen.style }) };
    const uploads = await sendFiles(pictures);
    const options = { ...values, ...(!chosen.style && { style_name: chosen.styleName }) };
    const known = new Set(state.threads.keys());
    const { replies } = await api.command({ command: 'stylize', options, uploads });
    if (replies[0]) throw new Error(replies[0].text.replaceAll(/[`*]/g, ''));
    await opened(known);
  } catch (error) {
    fill(problem, error instanceof Error ? error.message : String(error));
    problem.scrollIntoView({ block: 'nearest' });
  }
}

/** Goes to the thread that the request opens. @param {Set<string>} known - the threads that were there before. */
async function opened(known) {
  const { threads } = await api.updates(0);
  const own = threads.filter(({ id, person }) => !known.has(id) && person === state.me.id);
  location.hash = own.length > 0 ? `thread=${own.at(-1)?.id}` : 'queue';
}

/**
 * A place for a picture: to drop it on, or to choose a file for.
 *
 * @param {'content' | 'style'} name
 * @param {string} title
 * @param {string} hint
 */
function slot(name, title, hint) {
  const input = h('input', { type: 'file', accept: PICTURES, class: 'unseen', id: `slot-${name}` });
  const picture = h('img', { alt: '', hidden: true });
  // Not every browser shows every picture that is accepted: its name stands there then.
  picture.addEventListener('error', () => {
    picture.hidden = true;
  });
  const caption = h('span', { class: 'hint' }, hint);
  const element = h(
    'label',
    { class: 'slot', for: input.id },
    picture,
    h('span', { class: 'plate' }, h('strong', {}, title), caption),
    input,
  );
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file) place?.([file], name);
    input.value = '';
  });
  element.addEventListener('dragover', (event) => {
    event.preventDefault();
    element.classList.add('over');
  });
  element.addEventListener('dragleave', () => element.classList.remove('over'));
  element.addEventListener('drop', (event) => {
    element.classList.remove('over');
    const files = picturesIn(event.dataTransfer);
    if (files.length !== 1) return;
    event.preventDefault();
    event.stopPropagation();
    place?.(files, name);
  });
  return {
    element,
    /** @param {string | undefined} url @param {string | undefined} text */
    show(url, text) {
      picture.hidden = url === undefined;
      if (url !== undefined) picture.src = url;
      element.classList.toggle('filled', url !== undefined);
      fill(caption, text ?? hint);
    },
  };
}

/** @param {{ name: string, title: string, credit: string }} sample */
function sample({ name, title, credit }) {
  const take = async () => {
    const response = await fetch(`samples/${name}.jpg`);
    place?.([new File([await response.blob()], `${name}.jpg`, { type: 'image/jpeg' })], 'content');
  };
  return h(
    'button',
    { type: 'button', class: 'sample', title: credit, onclick: () => void take() },
    h('img', { src: `samples/${name}.jpg`, alt: '', loading: 'lazy' }),
    h('span', {}, title),
  );
}

/** @param {{ name: string, title: string, description: string }} style */
function styleChoice({ name, title, description }) {
  return h(
    'label',
    { class: 'style', title: description },
    h('input', { type: 'radio', name: 'gallery', value: name, class: 'unseen', form: 'none' }),
    h('img', { src: `gallery/${name}/small`, alt: '', loading: 'lazy' }),
    h('span', {}, title),
  );
}

/** @param {OptionSpec} preset */
function presets({ choices = [] }) {
  return choices.map((choice) =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name: 'preset', value: choice, checked: choice === 'standard' }),
      h('span', {}, choice),
    ),
  );
}

/** @param {OptionSpec} spec */
function strength({ min, max, description }) {
  const output = h('output', {}, '0');
  const input = h('input', {
    type: 'range',
    name: 'strength',
    min,
    max,
    step: 0.5,
    value: 0,
    id: 'strength',
    title: description,
  });
  input.addEventListener('input', () =>
    fill(output, input.valueAsNumber > 0 ? `+${input.value}` : input.value.replace('-', '−')),
  );
  return h(
    'div',
    { class: 'dial' },
    h('label', { for: 'strength' }, 'Strength ', output),
    input,
    h(
      'div',
      { class: 'ends', 'aria-hidden': 'true' },
      h('span', {}, 'photograph'),
      h('span', {}, 'painting'),
    ),
  );
}

/** @param {readonly OptionSpec[]} options @param {string} name */
function option(options, name) {
  const found = options.find((each) => each.name === name);
  if (!found) throw new Error(`There is no option ${name}.`);
  return found;
}

/** @param {DataTransfer | null} transfer */
const picturesIn = (transfer) => [...(transfer?.files ?? [])].filter(isPicture);

/** Takes pictures that are dropped anywhere, or pasted. */
export function listenForPictures() {
  const take = (/** @type {File[]} */ files) => {
    if (files.length === 0) return;
    if (location.hash !== '' && location.hash !== '#new') {
      location.hash = 'new';
      addEventListener('hashchange', () => place?.(files), { once: true });
    } else place?.(files);
  };
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    take(picturesIn(event.dataTransfer));
  });
  document.addEventListener('paste', (event) => take(picturesIn(event.clipboardData)));
}
