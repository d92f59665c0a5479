import type { Place } from './chat.ts';
import { COMMANDS } from './commands.ts';
import type { Services } from './services.ts';
import { closest } from './styles.ts';

/** Completions that a platform shows at most. */
const MAX_SUGGESTIONS = 25;

/** What is to be completed. */
export interface Typed {
  readonly command: string;
  readonly option: string;
  readonly text: string;
  /** The id of who types. */
  readonly actor: string;
  readonly place: Place;
}

/** Completions of a text option, best first: names of styles, or ids of the user's own jobs. */
export async function suggestions(
  { command, option, text, actor, place }: Typed,
  services: Services,
): Promise<string[]> {
  const spec = COMMANDS.find(({ name }) => name === command);
  const options = [...(spec?.options ?? []), ...(spec?.subcommands ?? []).flatMap((each) => each.options)];
  const source = options.find(({ name, suggest }) => name === option && suggest)?.suggest;
  const { store, gallery } = services;
  if (source === 'jobs') {
    const jobs = await store.jobs.ofUser({ platform: place.platform, user: actor }, MAX_SUGGESTIONS);
    return jobs.map(({ id }) => id).filter((id) => id.startsWith(text.toLowerCase()));
  }
  if (!source) return [];
  const saved = (await store.styles.list({ platform: place.platform, server: place.server })).map(
    ({ name }) => name,
  );
  const names = source === 'saved-styles' ? saved : [...saved, ...gallery.map(({ name }) => name)];
  return text === '' ? names.slice(0, MAX_SUGGESTIONS) : closest(text, names, MAX_SUGGESTIONS);
}
