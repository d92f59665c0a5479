import type { Engine } from './engines/engine.ts';
import { greyscale, luminance, matchHistogram } from './image/colour.ts';
import { type Padded, padToMultiple } from './image/pad.ts';
import type { Picture } from './image/picture.ts';
import { fitWithin, resizePicture, type Size } from './image/resize.ts';
import { fillTransparent } from './image/transparency.ts';
import { type LayerName, layersOf, layersUpTo, stride } from './network.ts';
import { buildObjective, type Objective } from './objective.ts';
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

/** One level made ready: the padded canvas to paint on and what to aim at. */
export interface PreparedLevel {
  /** The photograph at this level's size, mirrored to sides that the network's poolings divide. */
  readonly canvas: Padded;
  /** The multiple that the canvas' sides are of, in pixels. */
  readonly multiple: number;
  readonly objective: Objective;
}

/**
 * Pixels of mirrored margin around the canvas. The network pads with zeros, and the strokes that this causes at
 * the border are cut off with the margin.
 */
const MARGIN = 8;

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

/** Resizes the sources to a level and measures the targets there. */
export async function prepareLevel(
  engine: Engine,
  sources: Sources,
  settings: StylizeSettings,
  size: Size,
  signal: AbortSignal | undefined,
): Promise<PreparedLevel> {
  const { pooling } = settings;
  const contentLayers = settings.contentLayers.map(({ layer }) => layer);
  const styleLayers = settings.styleLayers.map(({ layer }) => layer);
  const multiple = stride(layersUpTo(engine.network, [...contentLayers, ...styleLayers]));
  const photograph = resizePicture(sources.content, size.width, size.height);
  const canvas = pad(photograph, multiple);
  const { activations } = await engine.features(
    { width: canvas.width, height: canvas.height, rgb: canvas.planes },
    { pooling, activations: contentLayers },
    signal,
  );
  const grams = [];
  for (const style of sources.styles) {
    const picture = scaledStyle(style, size, settings.styleScale, multiple);
    grams.push((await engine.features(picture, { pooling, grams: styleLayers }, signal)).grams);
  }
  const masks =
    sources.mask && layerMasks(engine, sources.mask, sources.content, size, multiple, styleLayers);
  const targets = { activations, grams, blend: settings.styleBlend, ...(masks && { masks }) };
  return { canvas, multiple, objective: buildObjective(settings, targets) };
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

function layerMasks(
  engine: Engine,
  mask: Float32Array,
  full: Size,
  size: Size,
  multiple: number,
  layers: readonly LayerName[],
): Map<LayerName, Float32Array> {
  const scaled = resizePicture(greyPicture(mask, full), size.width, size.height);
  const canvas = pad(scaled, multiple);
  const all = layersOf(engine.network);
  return new Map(
    layers.map((name) => {
      const reduction = stride(all.slice(0, all.findIndex((layer) => layer.name === name) + 1));
      const width = canvas.width / reduction;
      const height = canvas.height / reduction;
      const { rgb } = resizePicture(
        { width: canvas.width, height: canvas.height, rgb: canvas.planes },
        width,
        height,
      );
      return [name, rgb.slice(0, width * height)];
    }),
  );
}
