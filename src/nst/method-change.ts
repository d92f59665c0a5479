import type { Method } from './losses/settings.ts';
import { DEFAULT_METHOD, defaultsOf, isMeant, METHOD_SETTINGS } from './method-settings.ts';
import { PRESETS } from './presets.ts';
import { type StylizeOptions, settingsSchema } from './settings.ts';

/** What each setting is under a method where it is not given; without those that have no default. */
export function allDefaults(method: Method): Readonly<Partial<Record<keyof StylizeOptions, unknown>>> {
  return { ...settingsSchema.parse({ method }), ...defaultsOf(method) };
}

/** The settings that are not the defaults of their method; the method is among them where it is not the usual one. */
export function unusualSettings(options: StylizeOptions): StylizeOptions {
  const { method = DEFAULT_METHOD } = options;
  const standard: Readonly<Record<string, unknown>> = { ...allDefaults(method), method: DEFAULT_METHOD };
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && value !== standard[name]),
  );
}

/** The settings among these that mean something under a method. */
export function meantUnder(options: StylizeOptions, method: Method): StylizeOptions {
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => isMeant(name, value, method)));
}

/**
 * Settings as they go over to another method: what was left at its default takes the other method's, and what means
 * nothing under that is left out. Where they were made from a preset for their method alone, what it says of the losses
 * and of the evaluations is on a scale of its own and goes with it, whatever it has become; the rest that is still the
 * preset's gives way to the standard one.
 */
export function changeMethod(options: StylizeOptions, method: Method): StylizeOptions {
  const before = options.method ?? DEFAULT_METHOD;
  if (method === before) return options;
  const defaults: Readonly<Record<string, unknown>> = defaultsOf(before);
  const preset: Readonly<Record<string, unknown>> | undefined = presetForOneMethod(options);
  const chosen = Object.entries(options).filter(([name, value]) => {
    if (preset && name in preset) return !(name in METHOD_SETTINGS) && value !== preset[name];
    return value !== defaults[name];
  });
  return { ...(preset && PRESETS.standard), ...meantUnder(Object.fromEntries(chosen), method), method };
}

/** The preset for their method alone that settings were made from: its normalization gives it away. */
function presetForOneMethod({ method, normalization }: StylizeOptions): StylizeOptions | undefined {
  const presets: readonly StylizeOptions[] = Object.values(PRESETS);
  return presets.find(
    (each) => each.method !== undefined && each.method === method && each.normalization === normalization,
  );
}
