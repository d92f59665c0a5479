import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MainModule } from 'libheif-js/libheif-wasm/libheif.js';

/** libheif's C interface (heif.h) as its WebAssembly build exports it; pointers are places in its memory. */
export type Libheif = MainModule;

const require = createRequire(import.meta.url);
const CODE = 'libheif-js/libheif-wasm/libheif';
let compiled: WebAssembly.Module | undefined;

/**
 * A fresh instance of libheif with libde265, its decoder of HEVC. An instance serves one file: WebAssembly's memory
 * never shrinks, and whatever a damaged file does to it ends with it. The code is compiled once.
 */
export function loadLibheif(): Libheif {
  compiled ??= new WebAssembly.Module(readFileSync(require.resolve(`${CODE}.wasm`)));
  const code = compiled;
  const create: (options: object) => MainModule = require(`${CODE}.js`);
  return create({
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(code, imports);
      receive(instance);
      return instance.exports;
    },
    print() {},
    printErr() {},
  });
}
