/** A box of ISO/IEC 14496-12. */
export function box(type: string, ...contents: readonly (Uint8Array | string)[]): Buffer {
  const data = Buffer.concat(
    contents.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  const header = Buffer.from(`\0\0\0\0${type}`, 'latin1');
  header.writeUInt32BE(8 + data.length);
  return Buffer.concat([header, data]);
}

/** A HEIF file of one item that is all header: its coding, size and brands are right, and it has no data. */
export function heifClaiming(
  coding: string,
  width: number,
  height: number,
  brands = 'heic\0\0\0\0mif1heic',
): Buffer {
  const size = Buffer.alloc(12);
  size.writeUInt32BE(width, 4);
  size.writeUInt32BE(height, 8);
  const properties = box(
    'iprp',
    box('ipco', box('ispe', size)),
    box('ipma', '\0\0\0\0\0\0\0\x01\0\x01\x01\x81'),
  );
  const items = box('iinf', '\0\0\0\0\0\x01', box('infe', `\x02\0\0\0\0\x01\0\0${coding}\0`));
  const places = box('iloc', '\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01\0\0\0\x10\0\0\0\x04');
  return Buffer.concat([
    box('ftyp', brands),
    box('meta', '\0\0\0\0', box('pitm', '\0\0\0\0\0\x01'), items, properties, places),
    box('mdat', '\0\0\0\0'),
  ]);
}
