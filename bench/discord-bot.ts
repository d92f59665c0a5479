// A bot with quick painters in a process of its own, connected to the Discord that its environment names.
import { discordAdapter } from '../src/adapters/discord/adapter.ts';
import { readConfig } from '../src/config.ts';
import { startInstance } from '../src/main/instance.ts';
import { createLog } from '../src/ops/log.ts';
import { quickPainter } from './quick-painter.ts';

const { DISCORD_ORIGIN: origin = '', DISCORD_TOKEN: token = '' } = process.env;
const config = readConfig({ ...process.env, IMPASTO_HTTP_PORT: 'off', IMPASTO_PAINTERS: '4' }, 'no.env');
const log = createLog({ level: 'error' });

/** Attachments, too, are on this machine. */
const here = ((address: URL, init?: RequestInit) =>
  fetch(new URL(address.pathname + address.search, origin), init)) as typeof fetch;

const instance = await startInstance({
  config,
  adapters: [discordAdapter({ token, api: `${origin}/api`, fetch: here, log })],
  log,
  createPainter: quickPainter,
});
process.on('message', () => void instance.stop().then(() => process.exit(0)));
process.send?.('ready');
