import { ImpastoError } from '../errors.ts';
import { latin1, startsWith } from './containers/bytes.ts';
import { unsupported } from './containers/header.ts';
import { cameraRaw } from './containers/tiff.ts';

/** A kind of file that is known and not accepted: how it begins, what it is, and what to do about it. */
interface Kind {
  /** Patterns of first bytes: Latin-1, '?' for any byte. */
  readonly begins: readonly string[];
  /** Completes “This is …”. */
  readonly what: string;
  readonly advice?: string;
}

const SEND_PICTURE = 'Send a picture: a JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF.';
const SEND_STILL = 'Send a picture, such as a screenshot of the video.';
const UNPACK = 'Unpack it and send the picture in it.';
const EXPORT = 'Export it as JPEG or PNG and send that.';

const KINDS: readonly Kind[] = [
  { begins: ['%PDF-'], what: 'a PDF', advice: 'Export its page as PNG, or take a screenshot of it.' },
  { begins: ['%!PS', '\xc5\xd0\xd3\xc6'], what: 'a PostScript drawing', advice: EXPORT },
  { begins: ['8BPS'], what: 'a Photoshop document', advice: EXPORT },
  { begins: ['gimp xcf'], what: 'a GIMP document', advice: EXPORT },
  { begins: ['\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'], what: 'a JPEG XL picture' },
  { begins: ['\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51'], what: 'a JPEG 2000 picture' },
  { begins: ['II\xbc'], what: 'a JPEG XR picture' },
  { begins: ['v/1\x01'], what: 'an OpenEXR picture', advice: EXPORT },
  { begins: ['#?RADIANCE', '#?RGBE'], what: 'a Radiance HDR picture', advice: EXPORT },
  // The size of a film's first box may look like an icon.
  { begins: ['????moov', '????mdat', '????wide', '????pnot'], what: 'a video', advice: SEND_STILL },
  { begins: ['\0\0\x01\0', '\0\0\x02\0', 'icns'], what: 'an icon' },
  { begins: ['BM'], what: 'a BMP picture' },
  { begins: ['DDS '], what: 'a DDS texture', advice: EXPORT },
  { begins: ['qoif'], what: 'a QOI picture' },
  { begins: ['\x8aMNG', '\x8bJNG'], what: 'an MNG animation' },
  {
    begins: ['\xd7\xcd\xc6\x9a', '\x01\0\0\0????????????????????????????????????\x20EMF'],
    what: 'a Windows metafile',
  },
  { begins: ['SIMPLE  ='], what: 'a FITS picture', advice: EXPORT },
  { begins: ['\x1a\x45\xdf\xa3'], what: 'a video', advice: SEND_STILL },
  {
    begins: ['RIFF????AVI ', 'FLV\x01', '0&\xb2u', '\0\0\x01\xba', '\0\0\x01\xb3'],
    what: 'a video',
    advice: SEND_STILL,
  },
  {
    begins: [
      'RIFF????WAVE',
      'ID3',
      'OggS',
      'fLaC',
      'FORM????AIFF',
      '\xff\xfb',
      '\xff\xf3',
      '\xff\xf1',
      '#!AMR',
    ],
    what: 'a sound recording',
    advice: SEND_PICTURE,
  },
  {
    begins: ['7z\xbc\xaf\x27\x1c', 'Rar!', '\x1f\x8b', 'BZh', '\xfd7zXZ\0', '\x28\xb5\x2f\xfd'],
    what: 'a compressed file',
    advice: UNPACK,
  },
  { begins: ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'], what: 'an office document', advice: EXPORT },
  { begins: ['\x7fELF', 'MZ'], what: 'a program', advice: SEND_PICTURE },
];

/** Headers of camera raw files that are in no TIFF container. */
const RAW = ['FUJIFILMCCD-RAW', 'FOVb', '\0MRM', 'HEAPCCDR'];
const PIXMAP = /^P[1-7][\s#]/;
const OFFICE = /\[Content_Types\]\.xml|mimetypeapplication\/(vnd\.oasis|epub)|_rels\/|word\/|ppt\/|xl\//;
/** How much of a file is looked at for what a text is: enough for a prolog, comments and a document type. */
const HEAD_BYTES = 4096;

/** Why a file is not accepted whose first bytes are those of no accepted format. */
export function refusalOf(bytes: Uint8Array): ImpastoError {
  const kind = KINDS.find(({ begins }) => begins.some((pattern) => startsWith(bytes, pattern)));
  if (kind) return unsupported(kind.what, kind.advice);
  if (RAW.some((pattern) => startsWith(bytes, pattern))) return cameraRaw();
  if (startsWith(bytes, 'PK\x03\x04')) {
    const office = OFFICE.test(latin1(bytes, 30, 200));
    return office ? unsupported('an office document', EXPORT) : unsupported('a ZIP archive', UNPACK);
  }
  if (PIXMAP.test(latin1(bytes, 0, 3))) return unsupported('a Netpbm picture');
  return textual(bytes) ?? unknown('This is not a picture in a known format.');
}

/** Zero bytes are dropped so that UTF-16 is read like ASCII. */
function textual(bytes: Uint8Array): ImpastoError | undefined {
  const head = latin1(bytes, 0, HEAD_BYTES).replaceAll('\0', '');
  const element = /<(svg|!doctype html|html|head|body)[\s>/]/i.exec(head)?.[1]?.toLowerCase();
  if (element === 'svg') return unsupported('an SVG drawing', 'Export it as PNG and send that.');
  if (element) return unsupported('a web page', 'Save the picture that it shows, and send that.');
  return /^[\t\n\r\x20-\x7e]{8}/.test(head) ? unknown('This is text, not a picture.') : undefined;
}

function unknown(message: string): ImpastoError {
  return new ImpastoError('not-a-picture', message, {
    advice: 'Use a JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF.',
  });
}
