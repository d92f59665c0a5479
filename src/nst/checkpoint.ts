import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { ImpastoError } from './errors.ts';
import type { Sources } from './level.ts';
import type { LossParts } from './objective.ts';
import type { OptimizerState } from './optimizers/optimizer.ts';
import type { StylizeSettings } from './settings.ts';

/** Where an optimisation stands, between two steps. */
export interface Position {
  /** Index of the pass. */
  readonly pass: number;
  /** Evaluations made in this pass. */
  readonly passIteration: number;
  /** Evaluations made in all passes. */
  readonly iteration: number;
  /** The canvas that the pass began with, which its aim was measured on; 3 × height × width. */
  readonly start: Float32Array;
  readonly loss: LossParts;
  /** The loss after each step of this pass, oldest first; judged for an early end. */
  readonly losses: readonly number[];
  readonly state: OptimizerState;
}

const FORMAT = 'impasto checkpoint 2';

/**
 * What a painting is made of, as a hash: a checkpoint continues this painting and no other. The network is the one
 * that paints, which the settings may have left open: another one's losses do not go on from there.
 */
export function fingerprint(
  { content, styles, mask, init }: Sources,
  settings: StylizeSettings,
  network: string,
): string {
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify([network, sorted]));
  const add = (values: Float32Array) =>
    hash
      .update(`${values.length}`)
      .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  for (const { width, height, rgb, alpha } of [content, ...styles, ...(init ? [init] : [])]) {
    hash.update(`${width}×${height}`);
    add(rgb);
    if (alpha) add(alpha);
  }
  if (mask) add(mask);
  return hash.digest('hex');
}

/** A position as bytes, to be resumed by {@link decodeCheckpoint} in this or another process. */
export function encodeCheckpoint(position: Position, painting: string): Uint8Array {
  return serialize({ format: FORMAT, painting, position });
}

/**
 * Reads a checkpoint. Take checkpoints only from places that strangers cannot write to.
 *
 * @throws ImpastoError `bad-checkpoint` when the bytes are none, or belong to other pictures or settings.
 */
export function decodeCheckpoint(bytes: Uint8Array, painting: string): Position {
  let content: { format?: unknown; painting?: unknown; position?: Position } | undefined;
  let cause: unknown;
  try {
    content = deserialize(bytes);
  } catch (error) {
    cause = error;
  }
  if (content?.format !== FORMAT || !content.position) {
    throw new ImpastoError('bad-checkpoint', 'This is not a checkpoint of a painting, or it is damaged.', {
      advice: 'Start the painting anew, without the checkpoint.',
      cause,
    });
  }
  if (content.painting !== painting) {
    throw new ImpastoError(
      'bad-checkpoint',
      'The checkpoint belongs to other pictures, settings or another network.',
      {
        advice: 'Resume with the same pictures and options, or start anew without the checkpoint.',
      },
    );
  }
  return content.position;
}
