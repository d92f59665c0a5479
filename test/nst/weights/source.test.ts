import { describe, expect, it } from 'vitest';
import { parseSource } from '../../../src/nst/weights/source.ts';

describe('the source of the weights', () => {
  it.each([
    'https://mirror.example/vgg19/',
    'http://127.0.0.1:8080/',
    'http://localhost/models/',
    'http://[::1]:9/',
  ])('may be %s', (source) => {
    expect(parseSource(source).href).toBe(source);
  });

  it('gets the slash at its end that a base URL needs', () => {
    expect(parseSource('https://mirror.example/vgg19').href).toBe('https://mirror.example/vgg19/');
  });

  it.each([
    ['plain http from another machine', 'http://mirror.example/vgg19/'],
    ['a host that only begins like the loopback interface', 'http://127.0.0.1.example/'],
    ['a file', 'file:///weights/'],
    ['a password in a URL', 'https://user:secret@mirror.example/'],
    ['text that is no URL', 'vgg19'],
  ])('may not be %s', (_, source) => {
    expect(() => parseSource(source)).toThrow(expect.objectContaining({ code: 'bad-setting' }));
  });
});
