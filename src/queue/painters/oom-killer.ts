import { readFile } from 'node:fs/promises';

/**
 * How many processes Linux has killed for want of memory since it started, as far as this process can see: on the
 * machine and in its control group. 0 where the system does not tell.
 */
export async function oomKills(): Promise<number> {
  const group = (await text('/proc/self/cgroup')).match(/^0::(.*)$/m)?.[1] ?? '';
  const texts = await Promise.all(['/proc/vmstat', `/sys/fs/cgroup${group}/memory.events`].map(text));
  return texts.reduce((sum, content) => sum + Number(content.match(/^oom_kill (\d+)$/m)?.[1] ?? 0), 0);
}

function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
