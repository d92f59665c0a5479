import { ImpastoError } from '../../nst/errors.ts';
import { PRESETS, type PresetName } from '../../nst/presets.ts';
import { parseSettings, type StylizeOptions } from '../../nst/settings.ts';
import type { CommandEvent } from '../chat.ts';
import { commandOf, type OptionSpec } from '../commands.ts';
import { chosenSettings, readPreferences, settingsOf } from '../preferences.ts';
import { valueText } from '../text.ts';
import type { Handler, Handling } from './handler.ts';

const userOf = ({ actor, place }: CommandEvent) => ({ platform: place.platform, user: actor.id });

const specs: readonly OptionSpec[] =
  commandOf('preferences').subcommands?.find(({ name }) => name === 'set')?.options ?? [];

async function described(event: CommandEvent, { store }: Handling): Promise<string> {
  const { preset, settings } = readPreferences(await store.preferences.get(userOf(event)), specs);
  const values: Record<string, unknown> = { ...settings };
  const lines = specs
    .map(({ name, setting }) => [name, setting ? values[setting] : preset] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `\`${name}\` ${valueText(value)}`);
  return lines.length > 0 ? ['**Your defaults**', ...lines].join('\n') : 'You have no defaults of your own.';
}

const show: Handler = async (event, _, handling) => ({
  text: await described(event, handling),
  private: true,
});

const set: Handler = async (event, options, handling, spec) => {
  if (options.names.length === 0) {
    throw new ImpastoError('bad-setting', 'No preference was given.', {
      advice: `There are ${spec.options.map(({ name }) => name).join(', ')}.`,
    });
  }
  const { preferences } = handling.store;
  const kept = await preferences.get(userOf(event));
  // What could not be painted with is refused here, where it is said.
  parseSettings(chosenSettings(options, spec.options, readPreferences(kept, spec.options)), 1);
  const preset = options.text('preset') as PresetName | undefined;
  // A preset that names its method is wanted with it.
  const { method }: StylizeOptions = (preset && PRESETS[preset]) ?? {};
  await preferences.set(userOf(event), {
    ...kept,
    ...(preset && { preset }),
    ...(method && { method }),
    ...settingsOf(options, spec.options),
  });
  return { text: await described(event, handling), private: true };
};

const reset: Handler = async (event, _, { store }) => {
  await store.preferences.set(userOf(event), {});
  return { text: 'Your defaults are forgotten.', private: true };
};

export const preferences: Readonly<Record<string, Handler>> = { show, set, reset };
