import type { Engine } from './engines/engine.ts';
import { PLACE } from './graph/features.ts';
import { greyscale, luminance, matchHistogram } from './image/colour.ts';
import { type Padded, padToMultiple } from './image/pad.ts';
import type { Picture } from './image/picture.ts';
import { quarterTurn } from './image/quarter-turn.ts';
import { fitWithin, resizePicture, type Size } from './image/resize.ts';
import { fillTransparent } from './image/transparency.ts';
import type { Aim, Features, Measures } from './losses/loss.ts';
import { type LayerName, layersOf, layersUpTo, type Network, stride } from './network.ts';
import { measuredLayers, measuresOf } from './objective.ts';
import type { Pass } from './pyramid.ts';
import type { StylizeSettings } from './settings.ts';

/** The pictures of a painting, at the size at which they were given. */
export interface Sources {
  readonly content: Picture;
  readonly styles: readonly Picture[];
  /** As large as the content; white parts, 1, are painted. */
  readonly mask?: Float32Array;
  /** Where to start; required by the setting `init: 'picture'`. Scaled to the coarsest level. */
  readonly init?: Picture;
}

/** A level's canvas: what is painted on, a little larger than the picture. */
export interface Canvas {
  /** The photograph at the level's size, mirrored to sides that the network's poolings divide. */
  readonly photograph: Padded;
  /** The multiple that the canvas' sides are of, in pixels. */
  readonly multiple: number;
}

/**
 * Pixels of mirrored margin around the canvas. The network pads with zeros, and the strokes that this causes at
 * the border are cut off with the margin.
 */
const MARGIN = 8;

const NOTHING: Features = { activations: new Map(), grams: new Map(), places: new Map() };

/** The sources as the networks should see them: opaque and, where the photograph's colours stay, grey. */
export function prepareSources(sources: Sources, { colors }: StylizeSettings): Sources {
  const content = fillTransparent(sources.content);
  const styles = sources.styles.map(fillTransparent);
  const init = sources.init && fillTransparent(sources.init);
  if (colors === 'style') return { ...sources, content, styles, ...(init && { init }) };
  const grey = luminance(content.rgb);
  const matched = (picture: Picture) => greyPicture(matchHistogram(luminance(picture.rgb), grey), picture);
  return {
    ...sources,
    content: greyscale(content),
    // A start picture in the style's colours has the style's luminances, too, far from where this painting ends.
    ...(init && { init: matched(init) }),
    styles: styles.map(matched),
  };
}

function greyPicture(plane: Float32Array, { width, height }: Size): Picture {
  const rgb = new Float32Array(3 * plane.length);
  for (let channel = 0; channel < 3; channel++) rgb.set(plane, channel * plane.length);
  return { width, height, rgb };
}

/** The canvas of a level. */
export function canvasOf(
  engine: Engine,
  { content }: Sources,
  settings: StylizeSettings,
  size: Size,
): Canvas {
  const multiple = Math.max(PLACE, stride(layersUpTo(engine.network, measuredLayers(settings))));
  const photograph = pad(resizePicture(content, size.width, size.height), multiple);
  return { photograph, multiple };
}

/**
 * Measures what a pass aims at.
 *
 * @param start - the planes of the canvas that it begins with.
 */
export async function aimOf(
  engine: Engine,
  sources: Sources,
  settings: StylizeSettings,
  { photograph, multiple }: Canvas,
  { pass, start }: { readonly pass: Pass; readonly start: Float32Array },
  signal: AbortSignal | undefined,
): Promise<Aim> {
  const { pooling, styleScale, styleRotations } = settings;
  const wanted = measuresOf(settings);
  const { width, height } = photograph;
  const measure = async (picture: Picture, measures: Measures, once = false) =>
    Object.values(measures).some((layers) => layers.length > 0)
      ? engine.features(picture, { pooling, once, ...measures }, signal)
      : NOTHING;
  const paintings: Aim['paintings'][number][] = [];
  for (const style of sources.styles) {
    const upright = scaledStyle(style, pass, styleScale, multiple);
    const turned: Features[] = [];
    for (let copy = upright; styleRotations && turned.length < 3; ) {
      copy = quarterTurn(copy);
      turned.push(await measure(copy, { places: wanted.paintings.places }));
    }
    paintings.push({ ...(await measure(upright, wanted.paintings)), turned });
  }
  const { mask, content } = sources;
  return {
    photograph: await measure({ width, height, rgb: photograph.planes }, wanted.photograph),
    paintings,
    result: await measure({ width, height, rgb: start }, wanted.result, true),
    canvas: { width, height },
    finest: pass.level === pass.levels && (pass.levels > 1 || settings.init === 'picture'),
    ...(mask && { mask: (each) => scaledMask(mask, content, pass, multiple, each) }),
    stride: (layer) => strideOf(engine.network, layer),
    nearest: (queries, candidates) => engine.nearest(queries, candidates, signal),
  };
}

/** A picture's planes with the margin and sides that are multiples of the network's stride. */
export function pad({ rgb, width, height }: Picture, multiple: number): Padded {
  return padToMultiple(rgb, width, height, 3, multiple, MARGIN);
}

/** The painting with its longer side in proportion to the level's, stretched by at most half a stride to multiples of it. */
function scaledStyle(style: Picture, level: Size, scale: number, multiple: number): Picture {
  const longer = Math.max(level.width, level.height) * scale;
  const { width, height } = fitWithin(style.width, style.height, Math.round(longer));
  const whole = (side: number) => Math.max(multiple, Math.round(side / multiple) * multiple);
  return resizePicture(style, whole(width), whole(height));
}

/** The mask on the canvas where one pixel in `step` counts, in each direction. */
function scaledMask(
  mask: Float32Array,
  full: Size,
  size: Size,
  multiple: number,
  step: number,
): Float32Array {
  const canvas = pad(resizePicture(greyPicture(mask, full), size.width, size.height), multiple);
  const [width, height] = [canvas.width / step, canvas.height / step];
  const { rgb } = resizePicture(
    { width: canvas.width, height: canvas.height, rgb: canvas.planes },
    width,
    height,
  );
  return rgb.slice(0, width * height);
}

/** How many pixels a layer's positions are apart. */
function strideOf(network: Network, name: LayerName): number {
  const all = layersOf(network);
  return stride(all.slice(0, all.findIndex((layer) => layer.name === name) + 1));
}
