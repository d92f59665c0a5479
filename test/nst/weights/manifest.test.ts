import { describe, expect, it } from 'vitest';
import { layersOf, VGG19 } from '../../../src/nst/network.ts';
import { bytesOf, layersTo, vgg19 } from '../../../src/nst/weights/manifest.ts';

describe('the manifest of VGG-19', () => {
  it('lists the convolutions of the network with their shapes', () => {
    const convolutions = layersOf(VGG19).filter((layer) => layer.kind === 'conv');
    expect(vgg19.layers.map(({ layer, kernel }) => ({ layer, kernel }))).toEqual(
      convolutions.map(({ name, inputs, outputs }) => ({ layer: name, kernel: [3, 3, inputs, outputs] })),
    );
  });

  it('gives each layer files whose sizes add up to its kernel and bias in float32', () => {
    for (const entry of vgg19.layers) {
      const [height, width, inputs, outputs] = entry.kernel;
      expect(bytesOf([entry])).toBe(4 * (height * width * inputs * outputs + outputs));
    }
  });

  it('pins a source and a checksum for every file', () => {
    expect(vgg19.source).toMatch(/^https:.*\/[0-9a-f]{40}\/.*\/$/);
    for (const { gitBlobSha1 } of vgg19.layers.flatMap(({ shards }) => shards))
      expect(gitBlobSha1).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('layersTo', () => {
  it('takes the layers from the first to the deepest', () => {
    expect(layersTo('conv2_1').map(({ layer }) => layer)).toEqual(['conv1_1', 'conv1_2', 'conv2_1']);
  });

  it('refuses a layer that the network does not have', () => {
    expect(() => layersTo('conv6_1')).toThrow(expect.objectContaining({ code: 'unknown-layer' }));
  });
});
