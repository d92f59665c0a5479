import { describe, expect, it } from 'vitest';
import { normalisePicture } from '../../../src/nst/image/normalise.ts';
import { fixturePicture, plainPicture } from '../../support/pictures.ts';
import { type TiffTag, tiffOf } from '../../support/tiff.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>';
/** A frame of a JPEG and a scan without data, by the marker and the precision that name its kind. */
const jpegOf = (marker: number, precision: number, components = 1) =>
  Buffer.from([
    ...[0xff, 0xd8, 0xff, marker, 0, 8 + 3 * components, precision, 0, 64, 0, 64, components],
    ...Array.from({ length: components }, (_, id) => [id, 0x11, 0]).flat(),
    ...[0xff, 0xda, 0, 8, 1, 0, 0, 0, 63, 0, 0xff, 0xd9],
  ]);
const tiff = (...changes: TiffTag[]) => tiffOf(changes);
const EXPORT = /[Ee]xport/;
const STILL = /screenshot of the video/;

describe('a file that is valid and not accepted', () => {
  it.each<[string, () => Buffer | Promise<Buffer>, RegExp, RegExp]>([
    ['an SVG', () => latin1(SVG), /an SVG drawing/, /PNG/],
    ['an SVG that begins like an AVIF', () => latin1(`<!--ftypavif-->${SVG}`), /an SVG drawing/, /PNG/],
    [
      'an SVG with a prolog',
      () => latin1(`\xef\xbb\xbf<?xml version="1.0"?><!-- -->\n${SVG}`),
      /an SVG/,
      /PNG/,
    ],
    ['an SVG in UTF-16', () => Buffer.from(`\ufeff<?xml version="1.0"?>${SVG}`, 'utf16le'), /an SVG/, /PNG/],
    [
      'a web page',
      () => latin1('<!DOCTYPE html><html><body>404</body></html>'),
      /a web page/,
      /picture that it shows/,
    ],
    [
      'a web page with a drawing',
      () => latin1(`<html><body>${SVG}</body>`),
      /a web page/,
      /picture that it shows/,
    ],
    ['a PDF', () => latin1('%PDF-1.7\n'), /a PDF/, /PNG/],
    ['PostScript', () => latin1('%!PS-Adobe-3.0 EPSF-3.0'), /PostScript/, EXPORT],
    ['an MP4', () => latin1('\0\0\0\x18ftypisom\0\0\0\0isomavc1'), /a video/, STILL],
    ['a QuickTime film', () => latin1('\0\0\0\x14ftypqt  \0\0\0\0qt  '), /a video/, STILL],
    ['an old QuickTime film', () => latin1('\0\0\x01\0moov\0\0\0\x6cmvhd'), /a video/, STILL],
    ['a Matroska film', () => latin1('\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x23'), /a video/, STILL],
    ['an AVI film', () => latin1('RIFF\0\0\0\0AVI LIST'), /a video/, STILL],
    ['an MP3', () => latin1('ID3\x03\0\0\0\0\0\0'), /a sound recording/, /picture/],
    ['an M4A', () => latin1('\0\0\0\x14ftypM4A \0\0\0\0M4A '), /a sound recording/, /picture/],
    [
      'a ZIP',
      () => latin1(`${'PK\x03\x04\x14\0\0\0\0\0'.padEnd(30, '\0')}cat.jpg`),
      /a ZIP archive/,
      /Unpack/,
    ],
    [
      'a Word document',
      () => latin1(`${'PK\x03\x04'.padEnd(30, '\0')}[Content_Types].xml`),
      /an office document/,
      EXPORT,
    ],
    ['a gzip', () => latin1('\x1f\x8b\x08\0\0\0\0\0'), /a compressed file/, /Unpack/],
    ['a BMP', () => latin1('BM\x36\0\0\0\0\0\0\0'), /a BMP picture/, /screenshot/],
    ['an icon', () => latin1('\0\0\x01\0\x01\0\x10\x10'), /an icon/, /PNG/],
    ['a Photoshop document', () => latin1('8BPS\0\x01\0\0'), /a Photoshop document/, EXPORT],
    ['a JPEG XL', () => latin1('\xff\x0a\xfa\x1f'), /a JPEG XL picture/, /screenshot/],
    ['a JPEG XL in boxes', () => latin1('\0\0\0\x0cJXL \r\n\x87\n'), /a JPEG XL picture/, /screenshot/],
    ['a JPEG 2000', () => latin1('\0\0\0\x0cjP  \r\n\x87\n'), /a JPEG 2000 picture/, /screenshot/],
    ['an OpenEXR', () => latin1('v/1\x01\x02\0\0\0'), /an OpenEXR picture/, EXPORT],
    [
      'a HEIC that asks for more than is known',
      () => Buffer.from(fixturePicture('phone.heic').toString('latin1').replace('irot', 'turn'), 'latin1'),
      /a HEIC picture of a rare kind/,
      /Most Compatible/,
    ],
    [
      'an animated AVIF without a still',
      () => latin1('\0\0\0\x18ftypavis\0\0\0\0avismsf1\0\0\0\x08moov'),
      /an animated AVIF/,
      /PNG/,
    ],
    ['a CR3', () => latin1('\0\0\0\x18ftypcrx \0\0\0\x01crx isom'), /camera’s raw file/, /raw converter/],
    ['a CR2', () => latin1('II*\0\x10\0\0\0CR\x02\0'), /camera’s raw file/, /raw converter/],
    ['an ORF', () => latin1('IIRO\x08\0\0\0'), /camera’s raw file/, /raw converter/],
    ['an RW2', () => latin1('IIU\0\x18\0\0\0'), /camera’s raw file/, /raw converter/],
    ['a RAF', () => latin1('FUJIFILMCCD-RAW 0201'), /camera’s raw file/, /raw converter/],
    [
      'a DNG with its preview first',
      () => tiff([0xfe, 4, [1]], [0x14a, 4, [8]]),
      /camera’s raw file/,
      /raw converter/,
    ],
    ['a DNG', () => tiff([0xc612, 1, [1, 4, 0, 0]]), /camera’s raw file/, /raw converter/],
    ['a TIFF of a sensor’s mosaic', () => tiff([0x106, 3, [32803]]), /camera’s raw file/, /raw converter/],
    ['a TIFF of 32 bits', () => tiff([0x102, 3, [32]]), /a TIFF with 32 bits per sample/, /8 or 16 bits/],
    ['a TIFF of 64 bits', () => tiff([0x102, 3, [64]]), /a TIFF with 64 bits per sample/, /8 or 16 bits/],
    ['a TIFF of floats', () => tiff([0x102, 3, [32]], [0x153, 3, [3]]), /floating-point/, /8 or 16 bits/],
    ['a TIFF of signed numbers', () => tiff([0x153, 3, [2]]), /signed/, /8 or 16 bits/],
    ['a TIFF in Lab', () => tiff([0x106, 3, [8]]), /Lab/, /RGB/],
    ['a TIFF in bare YCbCr', () => tiff([0x106, 3, [6]], [0x115, 3, [3]]), /colours of a rare kind/, /RGB/],
    ['a TIFF of six channels', () => tiff([0x106, 3, [2]], [0x115, 3, [6]]), /6 channels/, /RGB/],
    ['a TIFF of huge tiles', () => tiff([0x142, 4, [65536]], [0x143, 4, [65536]]), /tiles/, /PNG/],
    ['a 12-bit JPEG', () => jpegOf(0xc1, 12), /a 12-bit JPEG/, /JPEG or PNG/],
    ['an arithmetic JPEG', () => jpegOf(0xc9, 8), /arithmetic/, /JPEG or PNG/],
    ['a lossless JPEG', () => jpegOf(0xc3, 8), /a lossless JPEG/, /JPEG or PNG/],
    ['a JPEG of two components', () => jpegOf(0xc0, 8, 2), /2 components/, /JPEG or PNG/],
  ])('is called what it is and comes with advice: %s', async (_, make, name, advice) => {
    await expect(normalisePicture(await make())).rejects.toMatchObject({
      code: 'unsupported-picture',
      message: expect.stringMatching(name),
      advice: expect.stringMatching(advice),
    });
  });

  it('may be a text, or nothing that is known', async () => {
    const refusal = (text: string) =>
      normalisePicture(latin1(text)).catch((error) => [error.code, error.message]);
    expect(await refusal('a photograph, honestly')).toEqual([
      'not-a-picture',
      'This is text, not a picture.',
    ]);
    expect(await refusal('\x07\x08\x09\x10\x11\x12\x13\x14')).toEqual([
      'not-a-picture',
      expect.stringContaining('known format'),
    ]);
  });
});

describe('a TIFF', () => {
  it.each([1, 8, 16])('of one grey sample of %i bits is read', async (bits) => {
    const { raster, info } = await normalisePicture(tiff([0x102, 3, [bits]]));
    expect(info).toMatchObject({ format: 'tiff', bitsPerSample: bits });
    expect([...raster.data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it('in CMYK keeps its tones', async () => {
    const orange = plainPicture(32, 32, '#e68028').toColourspace('cmyk');
    const { raster } = await normalisePicture(await orange.tiff({ compression: 'lzw' }).toBuffer());
    const [red, green, blue] = raster.data as unknown as [number, number, number];
    expect(red).toBeGreaterThan(180);
    expect(green).toBeLessThan(red);
    expect(blue).toBeLessThan(green);
  });

  it('whose opacity is multiplied into its colours gets them back', async () => {
    const [straight, multiplied] = [2, 1].map((kind) =>
      tiffOf(
        [
          [0x106, 3, [2]],
          [0x115, 3, [4]],
          [0x152, 3, [kind]],
        ],
        [100, 50, 25, 128],
      ),
    ) as [Buffer, Buffer];
    const pixel = async (bytes: Buffer) => [...(await normalisePicture(bytes)).raster.data.subarray(0, 4)];
    expect(await pixel(straight)).toEqual([100, 50, 25, 128]);
    expect(await pixel(multiplied)).toEqual([199, 99, 49, 128]);
  });
});

describe('what the loader sees', () => {
  it('is what the header says, or the file is refused', async () => {
    const bytes = tiffOf([[0xc000, 3, [16]]]);
    expect((await normalisePicture(bytes)).info.width).toBe(32);
    // Of two widths, libtiff takes the first.
    bytes.writeUInt16LE(0x100, bytes.indexOf(Buffer.from([0, 0xc0, 3, 0])));
    await expect(normalisePicture(bytes)).rejects.toMatchObject({
      code: 'truncated-picture',
      cause: expect.objectContaining({ message: expect.stringContaining('32×32') }),
    });
  });
});
