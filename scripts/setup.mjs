// Installs and builds what is missing; does nothing when all is in place. It runs before anything is installed, so
// it uses Node alone. With --no-install it only builds.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const inRoot = (...parts) => path.join(root, ...parts);
const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Runs npm as the npm that called this script; ends with its exit code when it fails. */
function npm(...args) {
  const { npm_execpath: cli } = process.env;
  const [command, before] = cli ? [process.execPath, [cli]] : ['npm', []];
  const { status } = spawnSync(command, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !cli && process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function newest(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(...files.map((entry) => modified(path.join(entry.parentPath, entry.name))));
}

const installed = modified(inRoot('node_modules', '.package-lock.json'));
if (!process.argv.includes('--no-install') && installed < modified(inRoot('package-lock.json'))) {
  process.stderr.write('Installing packages …\n');
  npm('ci', '--loglevel=error');
}

const stamp = inRoot('dist', '.built');
if (modified(stamp) < newest(inRoot('src'))) {
  process.stderr.write('Building …\n');
  npm('run', '--silent', 'build');
  writeFileSync(stamp, '');
}
