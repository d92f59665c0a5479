import { byId } from './dom.js';

const KEY = 'impasto-theme';

/** Light or dark as the system is, until somebody says otherwise. */
export function startTheme() {
  const root = document.documentElement;
  const kept = localStorage.getItem(KEY);
  if (kept) root.dataset.theme = kept;
  byId('theme').addEventListener('click', () => {
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    const next = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
    root.dataset.theme = next;
    localStorage.setItem(KEY, next);
  });
}
