import { createHash } from 'node:crypto';
import { stopIfAborted } from '../abort.ts';
import type { Picture } from '../image/picture.ts';
import type { Features } from '../losses/loss.ts';
import type { Engine, FeatureRequest } from './engine.ts';

/** Options of {@link cachedEngine}. */
export interface CachedEngineOptions {
  /** Bytes of arrays that are kept at most; a result larger than that is not kept. */
  readonly maxBytes: number;
}

/**
 * An engine that remembers what it measured, so that painting the same pictures again with other weights measures
 * nothing twice. A picture is known by its content and the request, not by its identity. Results that were asked
 * for longest ago are forgotten first. The same arrays are handed out again: they must not be changed.
 */
export function cachedEngine(engine: Engine, { maxBytes }: CachedEngineOptions): Engine {
  /** The least recently asked for comes first. */
  const kept = new Map<string, Features>();
  let bytes = 0;

  const forget = (key: string) => {
    bytes -= bytesOf(kept.get(key));
    kept.delete(key);
  };
  const keep = (key: string, features: Features) => {
    forget(key);
    const size = bytesOf(features);
    if (size > maxBytes) return;
    kept.set(key, features);
    bytes += size;
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) break;
      forget(oldest);
    }
  };

  return {
    name: engine.name,
    network: engine.network,
    async features(picture, request, signal) {
      stopIfAborted(signal);
      if (request.once) return engine.features(picture, request, signal);
      const key = keyOf(picture, request);
      const features = kept.get(key) ?? (await engine.features(picture, request, signal));
      keep(key, features);
      return features;
    },
    nearest: (...args) => engine.nearest(...args),
    compile: (...args) => engine.compile(...args),
    async dispose() {
      kept.clear();
      bytes = 0;
      await engine.dispose();
    },
  };
}

function keyOf(
  { width, height, rgb }: Picture,
  { pooling, activations, grams, places }: FeatureRequest,
): string {
  return createHash('sha256')
    .update(JSON.stringify([width, height, pooling, activations, grams, places]))
    .update(new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.byteLength))
    .digest('base64');
}

function bytesOf(features: Features | undefined): number {
  const places = [...(features?.places.values() ?? [])].map(({ data }) => data);
  const arrays = [...(features?.activations.values() ?? []), ...(features?.grams.values() ?? []), ...places];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
