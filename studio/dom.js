/** What may be set on an element: attributes, listeners (`onclick`), and `class`. `undefined` and `false` set nothing. */
/** @typedef {Record<string, unknown>} Attributes */
/** @typedef {Node | string | number | undefined | null | false} Child */

/**
 * Makes an element. Text goes in as text, so that nothing anybody says becomes markup.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on') && typeof value === 'function') {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else element.setAttribute(key, value === true ? '' : String(value));
  }
  fill(element, ...children);
  return element;
}

/**
 * Replaces what is in an element.
 *
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children
      .filter((child) => child !== undefined && child !== null && child !== false)
      .map((child) => (typeof child === 'number' ? String(child) : /** @type {Node | string} */ (child))),
  );
}

/**
 * An element of the page that is always there.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}.`);
  return element;
}

/**
 * A dialog that is removed when it is closed.
 *
 * @param {string} title
 * @param {...Child} children
 */
export function openDialog(title, ...children) {
  const close = h('button', { class: 'icon close', type: 'button', 'aria-label': 'Close' }, '✕');
  const heading = h('h2', { id: `dialog-${crypto.randomUUID()}` }, title);
  const dialog = h('dialog', { 'aria-labelledby': heading.id }, h('header', {}, heading, close), ...children);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {string} text - is read out by a screen reader, when it has finished what it says. */
export function announce(text) {
  byId('live').textContent = text;
}
