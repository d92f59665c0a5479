import { readConfig } from '../../src/config.ts';
import { startInstance } from '../../src/main/instance.ts';
import { painterOf } from '../../src/main/painters.ts';
import { createLog } from '../../src/ops/log.ts';
import { BotLine, type LineMessage } from './bot-line.ts';
import { FakeAdapter } from './fake-adapter.ts';

// A whole bot in a process of its own, to be killed; its platform is at the other end of a line.
const config = readConfig(process.env, 'no.env');
const log = createLog({ level: config.logLevel });
const instance = await startInstance({
  config,
  adapters: [new FakeAdapter(new BotLine())],
  log,
  createPainter: () => painterOf(config, log, { entry: new URL('./tiny-painter.ts', import.meta.url) }),
});
process.on('message', (message: LineMessage) => {
  if (message.type !== 'stop') return;
  void instance.stop().then(() => process.exit(0));
});
process.send?.({ type: 'ready' } satisfies LineMessage);
