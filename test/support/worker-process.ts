import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/main/worker.ts';
import { createLog } from '../../src/ops/log.ts';
import { pacedPainter } from './paced-painter.ts';

// A whole worker in a process of its own, to be killed; its paintings take as long as its argument says.
const config = readConfig(process.env, 'no.env');
const worker = await startWorker({
  config,
  log: createLog({ level: config.logLevel }),
  createPainter: () => pacedPainter(Number(process.argv[2])),
});
process.on('SIGTERM', () => void worker.stop().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(1));
process.send?.('ready');
