import { cachedEngine } from './engines/cached.ts';
import type { Engine } from './engines/engine.ts';
import { type Fallback, fallbackEngine } from './engines/fallback.ts';
import { type EngineKind, labelOf, openEngine } from './engines/kinds.ts';
import { type ErrorCode, ImpastoError } from './errors.ts';
import { COMPACT, type ConvName, layersOf, layersUpTo, type Network, VGG19 } from './network.ts';
import { measuredLayers } from './objective.ts';
import type { StylizeSettings } from './settings.ts';
import { compactWeights } from './weights/compact.ts';
import type { Weights } from './weights/store.ts';

/** Options of {@link openNetworks}. */
export interface NetworksOptions {
  /** VGG-19's weights. */
  readonly weights: Pick<Weights, 'load' | 'ensure'>;
  /** What to compute on: the first, and in order the others where one fails in a painting; default the CPU. */
  readonly engines?: readonly [EngineKind, ...EngineKind[]];
  /** Threads that one evaluation uses on the CPU; all physical cores by default. */
  readonly threads?: number | undefined;
  /** Told when an engine cannot be opened, or fails in a painting, and the next goes on. */
  readonly onFallback?: (fallback: Fallback) => void;
  /** Bytes of measured targets to remember; none by default. */
  readonly cacheBytes?: number;
  /** Milliseconds that `auto` waits for VGG-19's weights, counted from the call; default 10 000. */
  readonly patienceMs?: number;
  /** Milliseconds for which `auto` does not try again to fetch what it could not; default 600 000. */
  readonly retryMs?: number;
}

/** The network that a painting is painted with. */
export interface Choice {
  /** Ready to paint: the weights are here. */
  readonly engine: Engine;
  /** Which network `auto` took and why, in a sentence; missing where the settings name it. */
  readonly why?: string;
  /** Whether `auto` had to do without VGG-19. */
  readonly fallback: boolean;
  /** What befell the engine while it painted, each in a sentence; grows meanwhile. */
  readonly warnings: readonly string[];
}

/** The networks that there are, each opened when it is first needed. */
export interface Networks {
  /**
   * The engine for a painting's settings. `auto` takes VGG-19 where its weights are here or can be had in time, else
   * the compact network, unless the painting looks at layers that only VGG-19 has.
   *
   * @throws ImpastoError `unknown-layer`, `aborted`, what the first engine throws where none can be opened, and what
   *   {@link Weights.ensure} throws when it must be VGG-19.
   */
  choose(settings: StylizeSettings, signal?: AbortSignal): Promise<Choice>;
  /** Frees what the engines hold; their evaluators must be disposed of before. */
  dispose(): Promise<void>;
}

/** What opening an engine fails with where another may do. */
const LOST: readonly ErrorCode[] = ['engine-missing', 'engine-failed', 'out-of-memory'];

const DEFAULTS = { engines: ['onnx-cpu'], patienceMs: 10_000, retryMs: 600_000 } as const;

/** Opens the networks. Nothing is read or fetched yet. */
export function openNetworks(options: NetworksOptions): Networks {
  const { weights, engines: kinds, threads, cacheBytes, patienceMs, retryMs } = { ...DEFAULTS, ...options };
  /** By network and kind. */
  const opened = new Map<string, Promise<Engine>>();
  /** Why VGG-19 could not be had, and when that was found. */
  let missed: { readonly reason: string; readonly at: number } | undefined;

  const open = async (network: Network, kind: EngineKind): Promise<Engine> => {
    const loadWeights =
      network === COMPACT
        ? compactWeights()
        : (layer: ConvName, signal?: AbortSignal) => weights.load(layer, signal);
    const plain = await openEngine(kind, { network, loadWeights, threads });
    return cacheBytes === undefined ? plain : cachedEngine(plain, { maxBytes: cacheBytes });
  };
  const kept = (network: Network, kind: EngineKind): Promise<Engine> => {
    const key = `${network.name} ${kind}`;
    const engine = opened.get(key) ?? open(network, kind);
    opened.set(key, engine);
    engine.catch(() => opened.delete(key));
    return engine;
  };
  /** A painting begins on the first engine, whatever befell the one before. */
  const engineFor = async (network: Network): Promise<Pick<Choice, 'engine' | 'warnings'>> => {
    const warnings: string[] = [];
    const unopened: { readonly from: string; readonly error: ImpastoError }[] = [];
    const engines: Engine[] = [];
    for (const kind of kinds) {
      try {
        engines.push(await kept(network, kind));
      } catch (error) {
        if (!(error instanceof ImpastoError && LOST.includes(error.code))) throw error;
        // Without one that would come later nothing is other than before.
        if (engines.length === 0) unopened.push({ from: kind.replace('-', '/'), error });
      }
    }
    const [first, ...others] = engines;
    if (!first) throw unopened[0]?.error;
    const tell = (fallback: Fallback, warning: string) => {
      warnings.push(warning);
      options.onFallback?.(fallback);
    };
    for (const { from, error } of unopened) {
      const fallback = { from, to: first.name, error };
      tell(fallback, `${subject(fallback)} could not be opened; this was painted on ${labelOf(first.name)}.`);
    }
    if (others.length === 0) return { engine: first, warnings };
    const engine = fallbackEngine([first, ...others], (each) => tell(each, fallbackWarning(each)));
    return { engine, warnings };
  };

  /** Why VGG-19 cannot be had in time; undefined when its weights are here. */
  const whatIsMissing = async (deepest: ConvName, signal: AbortSignal | undefined) => {
    if (missed && performance.now() - missed.at < retryMs) return missed.reason;
    const patience = AbortSignal.timeout(patienceMs);
    try {
      await weights.ensure(deepest, signal ? AbortSignal.any([signal, patience]) : patience);
      return undefined;
    } catch (error) {
      if (signal?.aborted || !(error instanceof ImpastoError)) throw error;
      const reason = patience.aborted
        ? `they could not be fetched within ${patienceMs / 1000} s`
        : error.message.replace(/\.$/, '');
      missed = { reason, at: performance.now() };
      return reason;
    }
  };

  return {
    async choose(settings, signal) {
      const names = measuredLayers(settings);
      if (settings.network === 'compact') {
        layersUpTo(COMPACT, names);
        return { ...(await engineFor(COMPACT)), fallback: false };
      }
      const deepest = layersUpTo(VGG19, names).findLast(({ kind }) => kind === 'conv')?.name as
        | ConvName
        | undefined;
      const compactWill = names.every((name) => layersOf(COMPACT).some((layer) => layer.name === name));
      if (settings.network === 'vgg19' || !compactWill) {
        if (deepest) await weights.ensure(deepest, signal);
        return { ...(await engineFor(VGG19)), fallback: false };
      }
      // Settings that look at no layer need no weights.
      const reason = deepest && (await whatIsMissing(deepest, signal));
      if (reason === undefined)
        return {
          ...(await engineFor(VGG19)),
          why: 'Painting with VGG-19: its weights are here.',
          fallback: false,
        };
      const why = `Painting with the compact network, which comes with Impasto, for lack of VGG-19’s weights: ${reason}.`;
      return { ...(await engineFor(COMPACT)), why, fallback: true };
    },
    async dispose() {
      for (const engine of opened.values()) await (await engine).dispose();
      opened.clear();
    },
  };
}

function fallbackWarning(fallback: Fallback): string {
  const { to, error } = fallback;
  const why = error.code === 'out-of-memory' ? 'had too little memory' : 'failed while it painted';
  return `${subject(fallback)} ${why}; this was finished on ${labelOf(to)}.`;
}

/** The engine that was given up, as a sentence begins. */
function subject({ from }: Fallback): string {
  const label = labelOf(from);
  return `${label[0]?.toUpperCase()}${label.slice(1)}`;
}
