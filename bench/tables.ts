// What the tables of bench/main.ts are printed with.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Runs a program of this folder in a process of its own. @returns what it prints, which is JSON. */
export async function measured<Result = Record<string, number>>(
  file: string,
  ...args: (string | number)[]
): Promise<Result> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    here(file),
    ...args.map(String),
  ]);
  return JSON.parse(stdout);
}

export const print = (line: string) => process.stdout.write(`${line}\n`);
export const seconds = (milliseconds = 0) => `${(milliseconds / 1000).toFixed(2)} s`;
export const percent = (share = 0) => `${(100 * share).toFixed(1)} %`;

/** Prints the head of a table. */
export function head(...columns: string[]): void {
  print(`\n| ${columns.join(' | ')} |`);
  print(`|${' --- |'.repeat(columns.length)}`);
}

/** A row of a table. */
export function row(...cells: (string | number)[]): void {
  print(`| ${cells.join(' | ')} |`);
}
