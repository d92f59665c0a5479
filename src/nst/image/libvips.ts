import sharp from 'sharp';

/**
 * The one place that libvips is had from. Of its loaders only those of the formats that Impasto accepts are left,
 * and of these only the ones that read from memory: a file that is not what it claims to be meets no other parser,
 * SVG's above all, in any process.
 */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Heif', 'Tiff', 'Nsgif'] as const;

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: LOADERS.map((name) => `VipsForeignLoad${name}Buffer`) });
// Pictures are decoded once; remembering operations only holds memory.
sharp.cache(false);

export type { OverlayOptions, Sharp } from 'sharp';
export default sharp;
