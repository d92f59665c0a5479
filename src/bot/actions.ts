import type { Job } from '../core/job.ts';
import { ImpastoError } from '../nst/errors.ts';
import type { Method } from '../nst/losses/settings.ts';
import { allDefaults, changeMethod, unusualSettings } from '../nst/method-change.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import { SETTING_PROPERTIES } from '../nst/settings.ts';
import { sizeAbove } from '../nst/sizes.ts';
import { sweepStrengths } from '../nst/sweep.ts';
import type { ActionEvent, Button } from './chat.ts';
import { optionName, TWEAKS } from './commands.ts';
import { readOptions, readWords } from './options.ts';
import { settingsOf } from './preferences.ts';
import { signed, valueText } from './text.ts';

/** What a re-run changes of its parent's options, in words for the lineage. */
export interface Change {
  readonly options: Job['options'];
  readonly label: string;
  /** Whether the parent's picture is a good start. */
  readonly warm: boolean;
}

/** What a reaction or a button does. */
export interface Action {
  readonly name: string;
  readonly emoji: string;
  readonly label: string;
  /** On messages of which jobs it is offered. */
  readonly on: readonly ('painting' | 'sweep' | 'progress')[];
  /** Whether it is a button that opens a form; no reaction does. */
  readonly form?: true;
  /**
   * How a re-run differs from its parent; an action without it is no re-run.
   *
   * @param filledIn - what its form was filled in with.
   * @throws ImpastoError `over-limit` when it cannot be changed further, `bad-setting`.
   */
  readonly change?: (job: Job, filledIn?: ActionEvent['options']) => Change;
}

/** One press of ➕ or ➖: about three times more, or less, style for the content. */
const STRENGTH_STEP = 0.5;
/** One press of 🖌️. */
const STROKE_STEP = 1.5;

const anew: Action[] = [
  {
    name: 'more-style',
    emoji: '➕',
    label: 'more style',
    on: ['painting'],
    change: (job) => strengthen(job, STRENGTH_STEP),
  },
  {
    name: 'more-content',
    emoji: '➖',
    label: 'more content',
    on: ['painting'],
    change: (job) => strengthen(job, -STRENGTH_STEP),
  },
  { name: 'colors', emoji: '🎨', label: 'colours', on: ['painting'], change: toggleColors },
  { name: 'larger', emoji: '🔍', label: 'next size', on: ['painting'], change: enlarge },
  { name: 'strokes', emoji: '🖌️', label: 'larger strokes', on: ['painting'], change: coarsen },
  { name: 'reseed', emoji: '🔁', label: 'new seed', on: ['painting'], change: reseed },
];

const picks: Action[] = ['1️⃣', '2️⃣', '3️⃣', '4️⃣', '5️⃣'].map((emoji, index) => ({
  name: `pick-${index + 1}`,
  emoji,
  label: `paint number ${index + 1}`,
  on: ['sweep'],
  change: (job) => pick(job, index),
}));

/** Every reaction that means something, in the order in which they are offered. */
export const ACTIONS: readonly Action[] = [
  ...anew,
  ...picks,
  { name: 'tweak', emoji: '🎛️', label: 'tweak…', on: ['painting'], form: true, change: tweak },
  { name: 'timelapse', emoji: '🎞️', label: 'time lapse', on: ['painting'] },
  { name: 'send', emoji: '✉️', label: 'send to me', on: ['painting', 'sweep'] },
  { name: 'remove', emoji: '❌', label: 'delete', on: ['painting', 'sweep', 'progress'] },
];

/** The action of a button's name or of a reaction's emoji, written with or without its variation selector. */
export function findAction(nameOrEmoji: string): Action | undefined {
  const plain = (text: string) => text.replaceAll('\ufe0f', '');
  return ACTIONS.find(({ name, emoji }) => name === nameOrEmoji || plain(emoji) === plain(nameOrEmoji));
}

/** The buttons under a job's result, or under its progress. */
export function buttonsFor(job: Pick<Job, 'id' | 'kind'>, message: 'result' | 'progress'): Button[] {
  const kind = message === 'progress' ? 'progress' : job.kind;
  return ACTIONS.filter(({ on }) => on.includes(kind)).map(({ name, emoji, label, form }) => ({
    action: name,
    emoji,
    label: kind === 'progress' ? 'cancel' : label,
    jobId: job.id,
    ...(form && { form }),
  }));
}

function strengthen(job: Job, step: number): Change {
  const { minimum = -3, maximum = 3 } = SETTING_PROPERTIES.strength;
  const before = job.options.strength ?? 0;
  // 0.7 − 0.5 is 0.19999999999999996.
  const strength = Math.min(maximum, Math.max(minimum, Math.round(1e4 * (before + step)) / 1e4));
  if (strength === before) throw atTheEnd(`The strength is ${signed(before)} already, which is the limit.`);
  const label = `strength ${signed(before)} → ${signed(strength)}`;
  return { options: { ...job.options, strength }, label, warm: true };
}

function toggleColors(job: Job): Change {
  const colors = job.options.colors === 'content' ? 'style' : 'content';
  const label = colors === 'content' ? 'the photograph’s colours' : 'the style’s colours';
  return { options: { ...job.options, colors }, label, warm: true };
}

function enlarge(job: Job): Change {
  const before = job.result?.size ?? job.options.size ?? SETTING_PROPERTIES.size.minimum ?? 0;
  const size = sizeAbove(before);
  if (size === undefined) throw atTheEnd(`${before} px is the largest size there is.`);
  return { options: { ...job.options, size }, label: `${before} → ${size} px`, warm: true };
}

function coarsen(job: Job): Change {
  const before = job.options.styleScale ?? 1;
  const { maximum = 4 } = SETTING_PROPERTIES.styleScale;
  const styleScale = Math.min(maximum, Math.round(100 * before * STROKE_STEP) / 100);
  if (styleScale === before) throw atTheEnd('The strokes are as large as they can be.');
  return {
    options: { ...job.options, styleScale },
    label: `stroke scale ${before} → ${styleScale}`,
    warm: true,
  };
}

/** A seed matters to noise only, so that is what the new painting starts from. */
function reseed(job: Job): Change {
  const seed = Math.floor(Math.random() * 2 ** 32);
  return { options: { ...job.options, init: 'noise', seed }, label: `seed ${seed}`, warm: false };
}

function pick(job: Job, index: number): Change {
  const strength = sweepStrengths(job.options.strength ?? 0)[index];
  if (strength === undefined) throw atTheEnd(`The sheet has no number ${index + 1}.`);
  return { options: { ...job.options, strength }, label: `strength ${signed(strength)}`, warm: false };
}

/** Whatever the form's fields say; fields that were emptied are left as they were. */
function tweak(job: Job, filledIn: ActionEvent['options'] = {}): Change {
  const given = readOptions(filledIn, TWEAKS.fields);
  const advanced = readOptions(readWords(given.text('advanced') ?? ''), TWEAKS.advanced);
  const settings = Object.entries({
    ...settingsOf(given, TWEAKS.fields),
    ...settingsOf(advanced, TWEAKS.advanced),
  });
  const { method: old = DEFAULT_METHOD } = job.options;
  const method = advanced.has('method') ? (advanced.text('method') as Method) : old;
  const carried = changeMethod(job.options, method);
  const before: Readonly<Record<string, unknown>> = { ...allDefaults(old), ...job.options };
  const after: Readonly<Record<string, unknown>> = { ...allDefaults(method), ...carried };
  const label = settings
    .filter(([name, value]) => value !== before[name])
    .map(([name, value]) => `${optionName(name)} ${valueText(before[name] ?? 'unset')} → ${valueText(value)}`)
    .join(', ');
  if (label === '') throw atTheEnd('Nothing was changed.');
  // What the form was filled in with beforehand, and was left so, is not said: it may mean nothing under another method.
  const untouched: Readonly<Record<string, unknown>> = unusualSettings(job.options);
  const changed = Object.fromEntries(
    settings.filter(([name, value]) => value !== untouched[name] && value !== after[name]),
  );
  return { options: { ...carried, ...changed }, label, warm: true };
}

function atTheEnd(message: string): ImpastoError {
  return new ImpastoError('over-limit', message, { advice: 'Try another change.' });
}
