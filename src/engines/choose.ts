import { ENGINE_KINDS, ENGINE_LABELS, type EngineKind } from '../nst/engines/kinds.ts';
import { ImpastoError } from '../nst/errors.ts';
import { diagnose, obstacle } from './diagnosis.ts';
import { type Outcome, type Outcomes, openOutcomes } from './outcomes.ts';
import { type Probe, probeEngine } from './probe.ts';

/** What the configuration may say about engines: one of them, or the fastest that works. */
export type EngineSetting = 'auto' | EngineKind;

/** The engines to paint with. */
export interface EngineChoice {
  /** The first to paint with, the next to go on with where it fails. */
  readonly engines: readonly [EngineKind, ...EngineKind[]];
  /** What was chosen, in a sentence for the log. */
  readonly told: string;
}

/** Options of {@link chooseEngines}. */
export interface ChooseOptions {
  readonly engine: EngineSetting;
  /** Threads that one evaluation uses on the CPU. */
  readonly threads: number | undefined;
  /** Where outcomes of trying engines are remembered. */
  readonly outcomesFile: string;
  /** Ends a trial. */
  readonly signal?: AbortSignal | undefined;
  /** Told, in a sentence, that an engine is about to be tried, which takes seconds, and up to a minute. */
  readonly onTrial?: (told: string) => void;
  /** Told why an outcome could not be kept. */
  readonly onError?: (error: unknown) => void;
  readonly outcomes?: Outcomes;
  /** Tries an engine; default {@link probeEngine}. */
  readonly probe?: (kind: EngineKind) => Promise<Probe>;
}

/**
 * Chooses what to paint with. `auto` takes the first engine, of those expected to be fastest, that gives the CPU's
 * results and is faster than it; outcomes are remembered. An engine that is named is tried, too, but may be slow.
 * The CPU comes after each other engine, in case that fails in a painting.
 *
 * @throws ImpastoError `engine-failed` where the engine that is named does not work; its advice mends it; `aborted`
 */
export async function chooseEngines(options: ChooseOptions): Promise<EngineChoice> {
  const { engine, outcomesFile, threads, signal, onError = () => {} } = options;
  if (engine === 'onnx-cpu') return { engines: ['onnx-cpu'], told: 'Painting on the CPU.' };
  const outcomes = options.outcomes ?? openOutcomes(outcomesFile);
  const probe = options.probe ?? ((kind) => probeEngine(kind, { threads, signal }));
  const known = await outcomes.read();
  const outcomeOf = async (kind: EngineKind): Promise<Outcome> => {
    options.onTrial?.(`Trying ${ENGINE_LABELS[kind]}: up to a minute, once a week.`);
    const outcome = outcomeIn(await probe(kind));
    // At once: what comes next may be interrupted.
    await outcomes.write([outcome]).catch(onError);
    return outcome;
  };

  if (engine !== 'auto') {
    const before = known.get(engine);
    const lacking = obstacle(engine);
    if (lacking) throw unusable({ kind: engine, ...lacking });
    // What did not work may have been mended.
    const outcome = before?.speed === undefined ? await outcomeOf(engine) : before;
    if (outcome.speed === undefined) throw unusable(outcome);
    return chosen(engine, outcome.speed);
  }
  let slow: EngineKind | undefined;
  for (const kind of ENGINE_KINDS) {
    if (kind === 'onnx-cpu' || obstacle(kind)) continue;
    const { speed } = known.get(kind) ?? (await outcomeOf(kind));
    if (speed !== undefined && speed > 1) return chosen(kind, speed);
    if (speed !== undefined) slow ??= kind;
  }
  const why = slow
    ? `${capitalised(ENGINE_LABELS[slow])} is no faster than the CPU`
    : 'No GPU found that works';
  return { engines: ['onnx-cpu'], told: `${why}: painting on the CPU.` };
}

/** What is remembered of a trial. */
export function outcomeIn(probe: Probe): Outcome {
  const { kind, speed, holdsMs } = probe;
  return speed === undefined ? { kind, ...diagnose(probe), holdsMs } : { kind, speed };
}

function chosen(kind: EngineKind, speed: number): EngineChoice {
  const factor = speed < 10 ? speed.toPrecision(2) : String(Math.round(speed));
  return {
    engines: [kind, 'onnx-cpu'],
    told: `Painting on ${ENGINE_LABELS[kind]}, ${factor}× the CPU.`,
  };
}

function unusable({ kind, problem = '', advice = '' }: Outcome): ImpastoError {
  return new ImpastoError('engine-failed', `The engine ${kind} cannot be used here. ${problem}`, {
    advice: `${advice === '' ? '' : `${advice.replace(/\.$/, '')}. `}IMPASTO_ENGINE=auto takes the fastest engine that works.`,
  });
}

function capitalised(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
