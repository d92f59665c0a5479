import { inspect } from 'node:util';
import { type EngineKind, openEngine } from '../nst/engines/kinds.ts';
import { evaluationMs, tryEngine } from '../nst/engines/trial.ts';
import { COMPACT } from '../nst/network.ts';
import { openNetworks } from '../nst/networks.ts';
import { parseSettings } from '../nst/settings.ts';
import { compactWeights } from '../nst/weights/compact.ts';
import { openWeights, type WeightsOptions } from '../nst/weights/store.ts';

// A process that tries one engine, so that a driver that crashes or hangs takes nothing else down.

/** What such a process is asked, as the only argument. */
export interface ProbeRequest {
  readonly kind: EngineKind;
  readonly threads: number | undefined;
  /** Also measure evaluations of the network in use, with weights that are here. */
  readonly measure?: { readonly sides: readonly number[] } & Pick<WeightsOptions, 'folders' | 'cacheFolder'>;
}

/** What it tells. */
export type ProbeMessage =
  /** The engine is right, and this many times as fast as the CPU. */
  | { readonly type: 'speed'; readonly speed: number }
  /** An evaluation of a square takes so long. */
  | { readonly type: 'measured'; readonly network: string; readonly side: number; readonly ms: number }
  /** The engine cannot be used. */
  | { readonly type: 'failed'; readonly message: string; readonly advice: string; readonly detail: string };

async function probe({ kind, threads, measure }: ProbeRequest): Promise<void> {
  if (kind !== 'onnx-cpu') {
    const options = { network: COMPACT, loadWeights: compactWeights(), threads };
    const [reference, engine] = [await openEngine('onnx-cpu', options), await openEngine(kind, options)];
    await send({ type: 'speed', speed: await tryEngine(engine, reference) });
  }
  if (!measure) return;
  const weights = openWeights({ ...measure, download: false });
  const networks = openNetworks({ weights, threads, engines: [kind] });
  const { engine } = await networks.choose(parseSettings({}, 1));
  for (const side of measure.sides) {
    const ms = await evaluationMs(engine, side);
    await send({ type: 'measured', network: engine.network.name, side, ms });
  }
}

function send(message: ProbeMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

// These may be sent to all processes of a terminal or a service: when to stop is for the one that asks to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// Nobody is left to tell.
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
try {
  await probe(JSON.parse(process.argv[2] as string));
} catch (error) {
  const { message, advice = '' } = error as Error & { advice?: string };
  await send({ type: 'failed', message, advice, detail: inspect(error) });
}
// A driver that hangs or crashes at the end has given its results already.
process.exit();
