/**
 * Impasto's optimiser as a library: `import { stylize } from 'impasto/nst'`. It knows no bot, reads no environment
 * and prints nothing.
 */
export { type CachedEngineOptions, cachedEngine } from './engines/cached.ts';
export type { Engine, Evaluator, FeatureRequest, TermValues } from './engines/engine.ts';
export { type Fallback, fallbackEngine } from './engines/fallback.ts';
export {
  ENGINE_KINDS,
  ENGINE_LABELS,
  type EngineKind,
  type OpenEngineOptions,
  openEngine,
} from './engines/kinds.ts';
export { type OnnxDevice, type OnnxEngineOptions, onnxEngine } from './engines/onnx.ts';
export { type TfjsEngineOptions, tfjsEngine } from './engines/tfjs.ts';
export { tryEngine } from './engines/trial.ts';
export { type ErrorCode, ImpastoError } from './errors.ts';
export { estimateMemory, estimateWork, largestSizeWithin } from './estimate.ts';
export type { Columns } from './graph/nearest.ts';
export { animate } from './image/animate.ts';
export { type ContactSheetCell, contactSheet } from './image/contact-sheet.ts';
export { decodeMask, decodePicture } from './image/decode.ts';
export { encodePicture, readParameters, thumbnail } from './image/encode.ts';
export { inspectPicture, type Normalised, normalisePicture, type PictureInfo } from './image/normalise.ts';
export type { Picture } from './image/picture.ts';
export { type Mask, maskOf, pictureOf } from './image/planes.ts';
export type { Raster } from './image/raster.ts';
export { fitWithin, resizePicture } from './image/resize.ts';
export type { Sources } from './level.ts';
export type { Features, Measures, Nearest, Term } from './losses/loss.ts';
export { METHODS, type Method } from './losses/settings.ts';
export { COMPACT, type LayerName, type Network, VGG19 } from './network.ts';
export { type Choice, type Networks, type NetworksOptions, openNetworks } from './networks.ts';
export type { LossParts, Objective } from './objective.ts';
export { PRESETS, type PresetName } from './presets.ts';
export type { Progress } from './progress.ts';
export {
  LAYER_PRESETS,
  parseSettings,
  type StylizeOptions,
  type StylizeSettings,
  settingsSchema,
} from './settings.ts';
export { SIZE_STEPS, sizeAbove, sizeBelow } from './sizes.ts';
export { type StylizeResult, type StylizeRun, stylize } from './stylize.ts';
export { warmStart } from './warm.ts';
export { compactWeights } from './weights/compact.ts';
export { openWeights, type Weights, type WeightsOptions } from './weights/store.ts';
