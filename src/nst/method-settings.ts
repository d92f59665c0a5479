import { z } from 'zod';
import { LOSSES } from './losses/losses.ts';
import { byMethod, METHODS, type Method, type MethodSetting, type MethodValues } from './losses/settings.ts';
import { SettingError } from './setting-error.ts';

/** The method where none is named. */
export const DEFAULT_METHOD = 'mix' satisfies Method;

type UnionToIntersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type LossSettings = UnionToIntersection<(typeof LOSSES)[number]['settings']>;

/** The settings whose default depends on the method: those of the losses, and how a painting is gone about. */
export const METHOD_SETTINGS = {
  ...(Object.assign({}, ...LOSSES.map(({ settings }) => settings)) as LossSettings),
  iterations: byMethod(
    z.int().min(1).max(100_000).describe('evaluations of the loss and its gradient, over all levels'),
    { gatys: 180, neighbour: 105, mix: 105 },
  ),
  // Places are four pixels wide at every level: in a smaller picture, a face among others has too few of them.
  minSize: byMethod(
    z
      .int()
      .min(32)
      .max(8192)
      .describe('longer side of the coarsest level, in pixels; as large as size for no pyramid'),
    { gatys: 128, neighbour: 192, mix: 192 },
  ),
};
export type MethodSettings = typeof METHOD_SETTINGS;

/** The defaults of the settings whose default depends on the method; without those that mean nothing under it. */
export function defaultsOf(method: Method): MethodValues<MethodSettings> {
  const entries = Object.entries<MethodSetting>(METHOD_SETTINGS).map(([name, { defaults }]) => [
    name,
    defaults[method],
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Values of settings that mean something under some methods only. */
const ONLY_UNDER: Readonly<Record<string, { readonly value: unknown; readonly methods: readonly Method[] }>> =
  {
    normalization: { value: 'gatys', methods: ['gatys'] },
    styleRotations: { value: true, methods: ['neighbour', 'mix'] },
  };

/** Whether a value of a setting means something under a method. */
export function isMeant(name: string, value: unknown, method: Method): boolean {
  const only = ONLY_UNDER[name];
  if (only?.value === value) return only.methods.includes(method);
  return !(name in METHOD_SETTINGS) || name in defaultsOf(method);
}

/** What is thrown for a setting that means nothing under a method. */
export function meaningless(name: string, value: unknown, method: Method): SettingError {
  const others = METHODS.filter((each) => isMeant(name, value, each));
  return new SettingError((nameOf) => {
    const setting = name in ONLY_UNDER && value !== true ? `${nameOf(name)} ${value}` : nameOf(name);
    return {
      message: `${setting} means nothing under the method ${method}.`,
      advice: `Leave it out, or choose the method ${others.join(' or ')}.`,
    };
  });
}
