import { head, measured, percent, row } from '../tables.ts';
import type { Load } from './load.ts';
import type { Held, Memory } from './memory.ts';
import type { Quantiles } from './processes.ts';
import type { Course } from './throughput.ts';

const RUNS = 3;

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

const shown = (value: number) =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 2, signDisplay: 'negative' });

/** Prints what the queue on Redis does and costs. */
export async function scaling(): Promise<void> {
  await throughput();
  await memory();
  await load();
}

async function throughput(): Promise<void> {
  const runs: { ours: Course; plain: Course }[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await measured('scaling/throughput.ts'));
  const all = (separator: string, of: (course: Course) => string) => [
    runs.map(({ ours }) => of(ours)).join(separator),
    runs.map(({ plain }) => of(plain)).join(separator),
  ];
  const middles = (of: (course: Course) => number) => [
    middle(runs.map(({ ours }) => of(ours))),
    middle(runs.map(({ plain }) => of(plain))),
  ];
  head('workers, paintings of 1 s', 'of linear', 'plain BullMQ', 'all runs', 'of plain BullMQ');
  for (const workers of [1, 2, 4, 8]) {
    const of = ({ ofLinear }: Course) => ofLinear[workers] as number;
    row(workers, ...middles(of).map(percent), ...all(', ', (course) => percent(of(course))));
  }
  head('overhead of a job, p50 and p99', 'Impasto', 'plain BullMQ', 'all runs', 'of plain BullMQ');
  for (const [name, part] of [
    ['from submission to the start, a painter being free', 'toStart'],
    ['from the end of a painting to `done`', 'toEnd'],
    ['from the end of a painting to the next start, in one painter', 'handOver'],
  ] as const) {
    const text = ({ p50, p99 }: Pick<Quantiles, 'p50' | 'p99'>) => `${p50.toFixed(1)}, ${p99.toFixed(1)} ms`;
    const [p50s, p99s] = [middles((course) => course[part].p50), middles((course) => course[part].p99)];
    const cells = p50s.map((p50, index) => text({ p50, p99: p99s[index] as number }));
    row(name, ...cells, ...all('; ', (course) => text(course[part])));
  }
}

async function memory(): Promise<void> {
  const { empty, waiting, after } = await measured<Memory>('scaling/memory.ts');
  const mega = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const perJob = ({ bytes, stream }: Held) => (bytes - stream - (empty.bytes - empty.stream)) / waiting.jobs;
  head('Redis', 'memory', 'keys', 'of it the stream of events', 'for each job beside that');
  row('empty', mega(empty.bytes), empty.keys, mega(empty.stream), '');
  for (const [name, held] of [
    [`${waiting.jobs} jobs wait`, waiting.ours],
    ['the same in plain BullMQ', waiting.plain],
  ] as const) {
    row(name, mega(held.bytes), held.keys, mega(held.stream), `${perJob(held).toFixed(0)} bytes`);
  }
  for (const { jobs, ...held } of after) {
    row(`after ${jobs} paintings`, mega(held.bytes), held.keys, mega(held.stream), '');
  }
}

async function load(): Promise<void> {
  const { idle, job, second } = await measured<Load>('scaling/load.ts');
  head('load', 'a bot and two workers that idle, each second', 'each job', 'each second of a painting');
  const names = {
    redisCommands: 'Redis: commands, those in scripts included',
    redisIn: 'bytes in',
    redisOut: 'bytes out',
    redisCpuMs: 'processor time, ms',
    transactions: 'PostgreSQL: transactions',
    statements: 'statements',
    postgresMs: 'time in statements, ms',
    walBytes: 'bytes of its log (WAL)',
    databaseBytes: 'bytes of the database',
    pictureBytes: 'Pictures: bytes that are added',
  };
  for (const [key, name] of Object.entries(names)) {
    row(name, ...[idle, job, second].map((figures) => shown(figures[key] as number)));
  }
}
