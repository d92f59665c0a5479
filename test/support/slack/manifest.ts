import { readFileSync } from 'node:fs';
import type { Installation } from './world.ts';

const FILE = new URL('../../../slack-manifest.yaml', import.meta.url);

/** What an app has that was made of `slack-manifest.yaml`. */
export function readManifest(text = readFileSync(FILE, 'utf8')): Installation {
  return {
    scopes: listOf(text, 'bot'),
    events: listOf(text, 'bot_events'),
    commands: [...text.matchAll(/- command: (\S+)/g)].map(([, name]) => name as string),
    shortcuts: Object.fromEntries(
      [...text.matchAll(/- name: (.+)\n\s+type: message\n\s+callback_id: (\S+)/g)].map(([, name, id]) => [
        name as string,
        id as string,
      ]),
    ),
  };
}

/** The items of a list in YAML, by its key. */
function listOf(text: string, key: string): string[] {
  const block = new RegExp(`^( +)${key}:\\n((?:\\1 +- .+\\n)+)`, 'm').exec(text)?.[2] ?? '';
  return [...block.matchAll(/- (\S+)/g)].map(([, item]) => item as string);
}
