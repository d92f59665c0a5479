import { ImpastoError } from '../../errors.ts';
import type { InputFormat } from '../formats.ts';
import type { Size } from '../resize.ts';

/** How a picture is to be turned to stand upright: EXIF's Orientation, 1 (as it is) to 8. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Colours as code points of ITU-T H.273, in PNG's cICP chunk and in the nclx boxes of AVIF and HEIC. */
export interface Cicp {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
}

/** What a file says about its colours; without any of these they are sRGB. */
export interface ColourTags {
  /** An ICC profile, not compressed. */
  readonly icc?: Uint8Array;
  readonly cicp?: Cicp;
  /** PNG's gAMA, unless there is sRGB: the exponent that samples were encoded with, such as 1 / 2.2. */
  readonly gamma?: number;
  /** PNG's cHRM, unless there is sRGB: x and y of white, red, green and blue. */
  readonly chromaticities?: readonly number[];
  /** EXIF's way to say Adobe RGB (1998). */
  readonly adobeRgb?: true;
}

/** What a container says about its (first) picture, read before any decoder sees it. */
export interface Header extends Size {
  readonly format: InputFormat;
  /** What the decoder's result has still to be turned by; width and height are those before it. */
  readonly orientation: Orientation;
  readonly hasAlpha: boolean;
  readonly bitsPerSample: number;
  /** Pictures in the file, of which the first is used. */
  readonly pictures: number;
  readonly colour: ColourTags;
  /** Where the first picture of an animation lies on the canvas (of width × height), if it does not cover it. */
  readonly place?: Place;
  /** The file as the decoder is given it: its first picture, without what no pixel depends on. */
  readonly decodable: Uint8Array;
  /** Bytes that a decoder was seen to hold for each pixel, whatever it is reduced to; 0 where it goes row by row. */
  readonly heldPerPixel: number;
  /** Pixels that are decoded, where they may be more than the picture's. */
  readonly decodedPixels?: number;
  /** What is odd about the file although it can be decoded, as sentences that begin with “It”. */
  readonly remarks?: readonly string[];
}

/** A rectangle of a canvas, in pixels. */
export interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

/** The refusal of a file that is of a kind which is accepted, but broken. */
export function damaged(name: string, cause?: unknown): ImpastoError {
  return new ImpastoError('truncated-picture', `The ${name} picture is incomplete or damaged.`, {
    advice: 'Save or send it again, or convert it to PNG.',
    cause,
  });
}

/** The refusal of a file whose kind is known and not accepted; `what` completes “This is …”. */
export function unsupported(
  what: string,
  advice = 'Save it as JPEG or PNG and send that, or take a screenshot of it.',
): ImpastoError {
  return new ImpastoError('unsupported-picture', `This is ${what}, which cannot be painted from.`, {
    advice,
  });
}
