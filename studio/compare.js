import { h } from './dom.js';

/**
 * A painting over the photograph that it was painted from, with a divider to be moved by mouse, finger or arrow keys.
 *
 * @param {string} before
 * @param {string} after
 * @param {string} alt - of the painting.
 */
export function compare(before, after, alt) {
  const range = h('input', {
    type: 'range',
    min: 0,
    max: 100,
    value: 40,
    'aria-label': 'How much of the photograph is shown, in percent',
  });
  const figure = h(
    'div',
    { class: 'compare' },
    h('img', { src: after, alt, class: 'after' }),
    h('img', { src: before, alt: '', class: 'before', onerror: () => figure.classList.add('alone') }),
    h('span', { class: 'divider', 'aria-hidden': 'true' }),
    h('span', { class: 'tag', 'aria-hidden': 'true' }, 'photograph ↔ painting'),
    range,
  );
  const show = () => figure.style.setProperty('--at', `${range.value}%`);
  range.addEventListener('input', show);
  show();
  return figure;
}
