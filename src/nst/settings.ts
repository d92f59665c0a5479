import { z } from 'zod';
import {
  METHODS,
  type MethodSetting,
  type MethodValues,
  type WeightedLayer,
  weight,
} from './losses/settings.ts';
import {
  DEFAULT_METHOD,
  defaultsOf,
  isMeant,
  METHOD_SETTINGS,
  type MethodSettings,
  meaningless,
} from './method-settings.ts';
import type { LayerName } from './network.ts';
import { SettingError } from './setting-error.ts';

/** Layers by preset: those of the paper, and a shallower choice that paints well in two thirds of the time. */
export const LAYER_PRESETS = {
  light: {
    content: ['relu3_3'],
    style: ['relu1_1', 'relu2_1', 'relu3_1', 'relu3_4'],
  },
  gatys: {
    content: ['relu4_2'],
    style: ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1', 'relu5_1'],
  },
} as const satisfies Record<string, { content: LayerName[]; style: LayerName[] }>;

const layerList = z
  .array(
    z
      .string()
      .regex(
        /^(conv|relu)\d_\d(:\d+(\.\d+)?)?$|^pool\d(:\d+(\.\d+)?)?$/,
        'expected a layer such as relu3_1 or relu3_1:0.5',
      ),
  )
  .min(1)
  .transform((entries) => entries.map(weightedLayer));

function weightedLayer(entry: string): WeightedLayer {
  const [layer, weight] = entry.split(':');
  return { layer: layer as LayerName, weight: weight === undefined ? 1 : Number(weight) };
}

type OptionalShape = { [Name in keyof MethodSettings]: z.ZodOptional<MethodSettings[Name]['schema']> };
const methodShape = Object.fromEntries(
  Object.entries<MethodSetting>(METHOD_SETTINGS).map(([name, { schema }]) => [
    name,
    schema.optional().describe(schema.description ?? ''),
  ]),
) as OptionalShape;

/**
 * Every setting of a painting: type, range, default and meaning, written once, here or with the loss that it is of.
 * Surfaces (command line, chat commands, forms) derive theirs from it.
 */
export const settingsSchema = z.strictObject({
  method: z
    .enum(METHODS)
    .default(DEFAULT_METHOD)
    .describe('what is aimed at: the statistics of the painting (gatys), its places one by one, or both'),
  size: z.int().min(32).max(8192).default(512).describe('longer side of the result, in pixels'),
  strength: z
    .number()
    .min(-3)
    .max(3)
    .default(0)
    .describe(
      'moves photograph against painting: each step up is ten times more style for the content, or more',
    ),
  normalization: z
    .enum(['energy', 'gatys'])
    .default('energy')
    .describe('scale of the weights: each term divided by its target’s energy, or as in the paper'),
  network: z
    .enum(['auto', 'vgg19', 'compact'])
    .default('auto')
    .describe('feature network: VGG-19, the compact one, or VGG-19 where its weights can be had'),
  layers: z.enum(['light', 'gatys']).default('light').describe('preset of content and style layers'),
  contentLayers: layerList
    .optional()
    .describe('content layers in place of the preset’s, as relu3_3 or relu3_3:0.5'),
  styleLayers: layerList
    .optional()
    .describe('style layers in place of the preset’s, as relu3_1 or relu3_1:0.5'),
  styleBlend: z
    .array(weight)
    .min(1)
    .optional()
    .describe('share of each painting, one number a painting; equal shares by default'),
  styleScale: z
    .number()
    .min(0.1)
    .max(4)
    .default(1)
    .describe('size of the painting against the photograph: larger makes larger strokes'),
  pooling: z.enum(['average', 'max']).default('average').describe('pooling of the network'),
  init: z
    .enum(['content', 'noise', 'picture'])
    .default('content')
    .describe('what the optimisation starts from'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0)
    .describe('seed of the noise; the same seed gives the same picture'),
  optimizer: z.enum(['lbfgs', 'adam']).default('lbfgs').describe('method of optimisation'),
  history: z.int().min(1).max(100).default(10).describe('curvature pairs that L-BFGS remembers'),
  learningRate: z.number().min(1e-5).max(1).default(0.02).describe('step size of Adam, where white is 1'),
  averaging: z
    .number()
    .min(0)
    .max(0.9999)
    .default(0)
    .describe('decay of Adam’s average over iterates; 0 takes the last iterate'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('a level ends early when ten steps improve its loss by less than this ratio; 0 never'),
  colors: z.enum(['style', 'content']).default('style').describe('whose colours the result has'),
  styleRotations: z
    .boolean()
    .default(false)
    .describe('whether places of the painting may also be taken turned by quarter turns'),
  ...methodShape,
});

/** What surfaces show of one setting. */
export interface SettingProperty {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array';
  readonly description: string;
  readonly enum?: readonly string[];
  readonly items?: { readonly type: 'string' | 'number' };
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every setting's type, range, default and meaning as data, for surfaces to derive theirs from. */
export const SETTING_PROPERTIES = (
  z.toJSONSchema(settingsSchema, { io: 'input' }) as unknown as {
    properties: Readonly<Record<keyof StylizeOptions, SettingProperty>>;
  }
).properties;

/** Settings as a caller gives them: all optional, layers as text. */
export type StylizeOptions = z.input<typeof settingsSchema>;

type Parsed = z.output<typeof settingsSchema>;

/** Complete settings: every default filled in, layer presets resolved. */
export type StylizeSettings = Readonly<
  Omit<Parsed, 'contentLayers' | 'styleLayers' | 'styleBlend' | keyof MethodSettings> &
    Omit<MethodValues<MethodSettings>, 'iterations' | 'minSize'> & {
      iterations: number;
      minSize: number;
      contentLayers: readonly WeightedLayer[];
      styleLayers: readonly WeightedLayer[];
      /** Share of each painting, summing to 1. */
      styleBlend: readonly number[];
    }
>;

/**
 * Checks settings and fills in defaults.
 *
 * @param options - what the caller chose.
 * @param styles - how many paintings there are, for the blend.
 * @throws ImpastoError `bad-setting` that names the setting, its value and what it takes.
 */
export function parseSettings(options: StylizeOptions, styles: number): StylizeSettings {
  const result = settingsSchema.safeParse(options);
  if (!result.success) throw badSetting(options, result.error);
  const given = result.data;
  const { size, method } = given;
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined);
  const without = chosen.find(([name, value]) => !isMeant(name, value, method));
  if (without) throw meaningless(...without, method);
  const preset = LAYER_PRESETS[given.layers];
  // A setting that is given as undefined is not given.
  const settings = { ...given, ...defaultsOf(method), ...(Object.fromEntries(chosen) as typeof given) };
  return {
    ...settings,
    iterations: settings.iterations as number,
    minSize: Math.min(settings.minSize as number, size),
    contentLayers: given.contentLayers ?? preset.content.map(weightedLayer),
    styleLayers: given.styleLayers ?? preset.style.map(weightedLayer),
    styleBlend: blendShares(given.styleBlend, styles),
  };
}

function blendShares(blend: readonly number[] | undefined, styles: number): number[] {
  const weights = blend ?? new Array<number>(styles).fill(1);
  const sum = weights.reduce((total, share) => total + share, 0);
  if (weights.length !== styles || !(sum > 0)) {
    throw new SettingError((nameOf) => ({
      message: `${nameOf('styleBlend')} ${weights.join(', ')} does not fit ${styles} paintings.`,
      advice: 'Give one number a painting, 0 or more, at least one of them above 0.',
    }));
  }
  return weights.map((share) => share / sum);
}

function badSetting(options: Record<string, unknown>, error: z.ZodError): SettingError {
  const [issue] = error.issues;
  const name = String(issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : 'settings'));
  const shape = settingsSchema.shape as Record<string, z.ZodType | undefined>;
  const meaning = shape[name]?.description;
  return new SettingError(
    (nameOf) => ({
      message: `${nameOf(name)} cannot be ${shown(options[name])}: ${issue?.message}.`,
      advice: meaning
        ? `${nameOf(name)} is the ${meaning}.`
        : `The settings are ${Object.keys(shape).map(nameOf).join(', ')}.`,
    }),
    error,
  );
}

/** Values are shown short: they come from strangers. */
function shown(value: unknown): string {
  return String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 60);
}
