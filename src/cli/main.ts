#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { failWith } from './failure.ts';
import { interruption } from './interruption.ts';
import type { ServiceName } from './supervise.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

async function main(): Promise<void> {
  const config = readConfig();
  const { stdout, stderr } = process;
  const interrupted = interruption();
  const { signal } = interrupted;
  const program = new Command('impasto')
    .description('Repaints a photograph in the style of a painting.')
    .version(version)
    .exitOverride();
  // Each is loaded when it is called, or all to be listed: a bot's libraries take longer to load than a draft to paint.
  const commands: Readonly<Record<string, () => Promise<Command>>> = {
    start: () => service('start', 'run the bot; without a chat platform, on a page of its own'),
    worker: () => service('worker', 'paint for bots on other machines, by way of a Redis server'),
    async doctor() {
      const [{ doctorCommand }, { checkMachine }] = await Promise.all([
        import('./doctor.ts'),
        import('./machine.ts'),
      ]);
      return doctorCommand({ config, machine: checkMachine(config, signal), stdout });
    },
    register: async () => (await import('./register.ts')).registerCommand({ config, stdout }),
    stylize: async () =>
      (await import('./stylize.ts')).stylizeCommand({ config, signal, stdout, stderr, version }),
    models: async () =>
      (await import('./models.ts')).modelsCommand({
        modelsFolder: config.modelsFolder,
        cacheFolder: config.cacheFolder,
        source: config.modelsUrl,
        signal,
        stdout,
        stderr,
      }),
  };
  async function service(name: ServiceName, description: string): Promise<Command> {
    const [{ createLog }, { superviseCommand }] = await Promise.all([
      import('../ops/log.ts'),
      import('./supervise.ts'),
    ]);
    const log = createLog({ level: config.logLevel });
    return superviseCommand(description, { name, stopMs: config.stopMs, interruption: interrupted, log });
  }
  const [called = ''] = process.argv.slice(2);
  const wanted = Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of wanted) {
    const command = (await commands[name]?.()) as Command;
    for (const each of [command, ...command.commands]) each.exitOverride();
    program.addCommand(command);
  }
  program.addHelpText(
    'after',
    '\nExit codes: 0 done · 1 a failure of the machine or the network · 2 bad input or output · 130 interrupted',
  );
  await program.parseAsync();
}

try {
  await main();
} catch (error) {
  failWith(error);
}
