import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { variables } from '../src/config/variables.ts';

// Writes the table of docs/configuration.md from the variables that the program reads: npm run configuration.

const FILE = new URL('../docs/configuration.md', import.meta.url);
const BEGIN = '<!-- The table is written by `npm run configuration`. -->\n';

/** The document with its table as the program has it now. */
export function withTable(document: string): string {
  const rows = Object.entries<z.ZodType>(variables.shape).map(([name, variable]) => {
    const { description, absent } = variable.meta() ?? {};
    return `| \`${name}\` | ${description} | ${mayBe(variable)} | ${absent ?? defaultOf(variable)} |`;
  });
  const table = ['| variable | meaning | may be | default |', '| --- | --- | --- | --- |', ...rows];
  const [before, rest = ''] = document.split(BEGIN);
  const after = rest.replace(/^(\|.*\n)*/, '');
  return `${before}${BEGIN}${table.join('\n')}\n${after}`;
}

/** As a refusal says it. */
function mayBe(variable: z.ZodType): string {
  for (const wrong of ['', '!']) {
    const message = variable.safeParse(wrong).error?.issues[0]?.message;
    if (message) return message;
  }
  return 'any text';
}

function defaultOf(variable: z.ZodType): string {
  if (!(variable instanceof z.ZodDefault))
    throw new Error('A variable has neither a default nor words for it');
  return `\`${variable.def.defaultValue}\``;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await writeFile(FILE, withTable(await readFile(FILE, 'utf8')));
}
