const PREFIX = 'impasto';

/** What a button or a form says of itself, in at most 100 characters: all that it needs after a restart. */
export function customId(action: string, jobId: string): string {
  return [PREFIX, action, jobId].join(':');
}

/** The action and job of a button or form; undefined for one that is not ours. */
export function readCustomId(id: string): { readonly action: string; readonly jobId: string } | undefined {
  const [prefix, action, jobId, ...rest] = id.split(':');
  return prefix === PREFIX && action && jobId && rest.length === 0 ? { action, jobId } : undefined;
}
