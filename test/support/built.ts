import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const script = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));

/**
 * Builds the program before the tests, and before each run of a watch, where its sources are newer. Nothing is installed:
 * the tests run from what there is. Errors of types are printed, and keep no test from running.
 */
export function setup(project: TestProject): void {
  const build = () => void spawnSync(process.execPath, [script, '--no-install'], { stdio: 'inherit' });
  build();
  project.onTestsRerun(build);
}
