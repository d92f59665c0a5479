import { processPool } from '../../src/processes/process-pool.ts';

// A process with a pool of its own, to be killed: tells its child's id once the child does as the argument says.
const pool = processPool<string, unknown>({
  name: 'test',
  entry: new URL('./processes-faulty.ts', import.meta.url),
  execArgv: ['--import', 'tsx'],
  env: { PATH: process.env.PATH },
  size: 1,
  timeLimitMs: 600_000,
  memoryLimit: 4e9,
  log: { debug() {}, warn() {} },
});
const pid = await pool.run('tell its process');
void pool.run(process.argv[2] as string);
process.send?.(pid);
