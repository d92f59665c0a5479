import { cachedEngine } from './engines/cached.ts';
import type { Engine } from './engines/engine.ts';
import { onnxEngine } from './engines/onnx.ts';
import { ImpastoError } from './errors.ts';
import { COMPACT, type ConvName, layersOf, layersUpTo, type Network, VGG19 } from './network.ts';
import type { StylizeSettings } from './settings.ts';
import { compactWeights } from './weights/compact.ts';
import type { Weights } from './weights/store.ts';

/** Options of {@link openNetworks}. */
export interface NetworksOptions {
  /** VGG-19's weights. */
  readonly weights: Pick<Weights, 'load' | 'ensure'>;
  /** Threads that one evaluation uses; all physical cores by default. */
  readonly threads?: number | undefined;
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
}

/** The networks that there are, each opened when it is first needed. */
export interface Networks {
  /**
   * The engine for a painting's settings. `auto` takes VGG-19 where its weights are here or can be had in time, else
   * the compact network, unless the painting looks at layers that only VGG-19 has.
   *
   * @throws ImpastoError `unknown-layer`, `aborted`, and what {@link Weights.ensure} throws when it must be VGG-19.
   */
  choose(settings: StylizeSettings, signal?: AbortSignal): Promise<Choice>;
  /** Frees what the engines hold; their evaluators must be disposed of before. */
  dispose(): Promise<void>;
}

const DEFAULTS = { patienceMs: 10_000, retryMs: 600_000 } as const;

/** Opens the networks. Nothing is read or fetched yet. */
export function openNetworks(options: NetworksOptions): Networks {
  const { weights, threads, cacheBytes, patienceMs, retryMs } = { ...DEFAULTS, ...options };
  const engines = new Map<Network, Engine>();
  /** Why VGG-19 could not be had, and when that was found. */
  let missed: { readonly reason: string; readonly at: number } | undefined;

  const engineFor = (network: Network): Engine => {
    const known = engines.get(network);
    if (known) return known;
    const loadWeights =
      network === COMPACT
        ? compactWeights()
        : (layer: ConvName, signal?: AbortSignal) => weights.load(layer, signal);
    const plain = onnxEngine({ network, loadWeights, ...(threads !== undefined && { threads }) });
    const engine = cacheBytes === undefined ? plain : cachedEngine(plain, { maxBytes: cacheBytes });
    engines.set(network, engine);
    return engine;
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
      const names = [...settings.contentLayers, ...settings.styleLayers].map(({ layer }) => layer);
      if (settings.network === 'compact') {
        layersUpTo(COMPACT, names);
        return { engine: engineFor(COMPACT), fallback: false };
      }
      const deepest = layersUpTo(VGG19, names).findLast(({ kind }) => kind === 'conv')?.name as ConvName;
      const compactWill = names.every((name) => layersOf(COMPACT).some((layer) => layer.name === name));
      if (settings.network === 'vgg19' || !compactWill) {
        await weights.ensure(deepest, signal);
        return { engine: engineFor(VGG19), fallback: false };
      }
      const reason = await whatIsMissing(deepest, signal);
      if (reason === undefined)
        return {
          engine: engineFor(VGG19),
          why: 'Painting with VGG-19: its weights are here.',
          fallback: false,
        };
      const why = `Painting with the compact network, which comes with Impasto, for lack of VGG-19’s weights: ${reason}.`;
      return { engine: engineFor(COMPACT), why, fallback: true };
    },
    async dispose() {
      for (const engine of engines.values()) await engine.dispose();
      engines.clear();
    },
  };
}
