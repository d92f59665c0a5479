import type { Check } from '../core/check.ts';
import { ENGINE_KINDS, type EngineKind } from '../nst/engines/kinds.ts';
import { type EngineSetting, outcomeIn } from './choose.ts';
import { type Diagnosis, obstacle } from './diagnosis.ts';
import { type Outcomes, openOutcomes } from './outcomes.ts';
import { type Probe, type ProbeOptions, probeEngine } from './probe.ts';

/** Options of {@link checkEngines}. */
export interface CheckEnginesOptions {
  /** The engine that is configured. */
  readonly engine: EngineSetting;
  readonly threads: number | undefined;
  readonly outcomesFile: string;
  /** Where weights are. */
  readonly weights: Omit<NonNullable<ProbeOptions['measure']>, 'sides'>;
  /** Ends the look at engines. */
  readonly signal?: AbortSignal | undefined;
  readonly outcomes?: Outcomes;
  /** Tries and measures an engine; default {@link probeEngine}, with 60 seconds. */
  readonly probe?: (kind: EngineKind) => Promise<Probe>;
  /** What keeps an engine from being tried; default {@link obstacle}. */
  readonly obstacleOf?: (kind: EngineKind) => Diagnosis | undefined;
}

/** Squares that evaluations are measured on, by their sides in pixels. */
const SIDES = [256, 512] as const;

/**
 * Tries every engine anew and remembers what came of it, in place of what was remembered.
 *
 * @throws ImpastoError `aborted`
 */
export async function* checkEngines(options: CheckEnginesOptions): AsyncGenerator<Check> {
  const { engine, threads, outcomesFile, weights, signal } = options;
  const probe =
    options.probe ??
    ((kind) => probeEngine(kind, { threads, signal, measure: { ...weights, sides: SIDES } }));
  const obstacleOf = options.obstacleOf ?? ((kind) => obstacle(kind));
  const tried: Probe[] = [];
  for (const kind of ENGINE_KINDS) {
    const lacking = obstacleOf(kind);
    if (lacking) {
      // An engine of other systems is worth a word only where somebody wants it.
      if (lacking.advice !== '' || kind === engine) yield unusable(kind, engine, lacking);
      continue;
    }
    const found = await probe(kind);
    tried.push(found);
    if (found.speed === undefined) yield unusable(kind, engine, outcomeIn(found));
    else yield { state: found.speed < 1 ? 'note' : 'good', text: `Engine ${kind}: ${measurements(found)}` };
  }
  const outcomes = options.outcomes ?? openOutcomes(outcomesFile);
  await outcomes.write(tried.filter(({ kind }) => kind !== 'onnx-cpu').map(outcomeIn));
}

function unusable(
  kind: EngineKind,
  configured: EngineSetting,
  {
    problem = '',
    advice = '',
  }: { readonly problem?: string | undefined; readonly advice?: string | undefined },
): Check {
  return {
    state: kind === configured ? 'bad' : 'note',
    text: `Engine ${kind} cannot be used: ${problem.replace(/\.$/, '')}`,
    ...(advice !== '' && { advice }),
  };
}

function measurements({ kind, speed = 0, measured, failure }: Probe): string {
  const factor =
    kind === 'onnx-cpu' ? [] : [`${speed.toPrecision(2)}× the CPU${speed < 1 ? ', so not used' : ''}`];
  const [first] = measured;
  if (!first) return [...factor, failure?.message ?? 'too slow to be measured'].join('; ');
  const times = measured.map(({ side, ms }) => `${(ms / 1000).toPrecision(2)} s at ${side} px`);
  const more = measured.length < SIDES.length ? ' (there was no time for more)' : '';
  return [...factor, `an evaluation of ${first.network} takes ${times.join(', ')}${more}`].join('; ');
}
