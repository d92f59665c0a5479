/** The release of TensorFlow.js that Impasto is tested with. */
const VERSION = '4.22.0';

/** The packages that bring TensorFlow's own library, the fastest first; any one will do. */
export const TENSORFLOW_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * The command that installs packages of TensorFlow.js beside Impasto and changes none of its files.
 *
 * `--save-prod` is for npm from 11.6 on, which passes over a package that the project names as an optional peer unless it
 * is told what else it is to be; `--no-save` keeps that from being written down.
 */
export function installCommand(packages: readonly string[]): string {
  return `npm install --no-save --save-prod ${packages.map((name) => `${name}@${VERSION}`).join(' ')}`;
}
