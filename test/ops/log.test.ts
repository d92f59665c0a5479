import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ImpastoError } from '../../src/nst/errors.ts';
import { createLog, type LogOptions } from '../../src/ops/log.ts';

function open(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'trace', destination, ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') };
}

describe('The log', () => {
  it('is a JSON object a line, with an ISO time, a level in words and no name of the machine', () => {
    const { log, lines, last } = open();
    log.info({ jobId: 'j1' }, 'Started\nanew');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      jobId: 'j1',
      msg: 'Started\nanew',
    });
  });

  it('keeps to its level, and to nothing at all when silent', () => {
    const { log, lines } = open({ level: 'warn' });
    log.info('too low');
    log.warn('enough');
    expect(lines).toHaveLength(1);
    const { log: silent, lines: none } = open({ level: 'silent' });
    silent.fatal('unheard');
    expect(none).toEqual([]);
  });

  it('goes to standard error as JSON, down to the last line of a process that is killed', () => {
    const code = `
      import { createLog } from ${JSON.stringify(new URL('../../src/ops/log.ts', import.meta.url).href)};
      createLog({ level: 'info' }).info('last words');
      process.kill(process.pid, 'SIGKILL');`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ level: 'info', msg: 'last words' });
  });
});

describe('Secrets', () => {
  it.each([
    'token',
    'botToken',
    'TOKEN',
    'secret',
    'signingSecret',
    'password',
    'Authorization',
    'set-cookie',
  ])('are left out under the key %s at any depth', (key) => {
    const { log, lines } = open();
    log.info({ [key]: 'hush' });
    log.info({ a: { b: [{ c: { [key]: { inner: 'hush' } } }] } });
    log.child({ [key]: 'hush' }).info('bound');
    log.info({ request: { toJSON: () => ({ [key]: 'hush' }) } });
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      expect(line).not.toContain('hush');
      expect(line).toContain('[redacted]');
    }
  });

  it('are left out of URLs in any text', () => {
    const { log, lines, last } = open();
    const url = 'https://cdn.example/a/cat.png?ex=hush&hm=hush#x';
    log.info({ url, list: [{ url }] }, `Fetching "${url}" for wss://u:hush@host/link/?ticket=hush now`);
    log.error({ err: new Error(`No answer from <${url}>`) });
    expect(lines.join()).not.toContain('hush');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      url: 'https://cdn.example/a/cat.png?…',
      msg: 'Fetching "https://cdn.example/a/cat.png?…" for wss://…@host/link/?… now',
    });
    expect(last().err.message).toBe('No answer from <https://cdn.example/a/cat.png?…>');
  });

  it('are left out with the requests that errors carry', () => {
    const { log, lines } = open();
    const error = Object.assign(new Error('401'), {
      code: 'E401',
      config: { headers: { 'x-auth': 'hush' } },
      cause: Object.assign(new Error('inner'), { request: 'hush' }),
    });
    log.error(error);
    expect(lines[0]).not.toContain('hush');
    expect(lines[0]).toContain('E401');
  });
});

describe.each([false, true])('Text in the log that would turn a line around (readable: %s)', (readable) => {
  const turning =
    '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u2028\u2029\u206a';

  it('is escaped, and letters that are written from right to left stay', () => {
    const { log, lines } = open({ readable });
    log.info({ file: `photo${turning}gpj.exe`, [`key${turning}`]: 1 }, `by ${turning}עדה and ليلى`);
    log.error({ err: new Error(turning) });
    expect(lines.join()).not.toMatch(new RegExp(`[${turning}]`));
    expect(lines[0]).toContain('\\u202e');
    expect(lines[0]).toContain('עדה and ليلى');
    if (!readable) expect(JSON.parse(lines[0] ?? '').file).toBe(`photo${turning}gpj.exe`);
  });
});

describe('An error in the log', () => {
  it('has its code, advice, stack and causes', () => {
    const { log, last } = open();
    const root = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const cause = new Error('write failed', { cause: root });
    log.error({ err: new ImpastoError('disk-full', 'The disk is full.', { advice: 'Free some.', cause }) });
    expect(last()).toMatchObject({
      msg: 'The disk is full.',
      err: {
        name: 'ImpastoError',
        code: 'disk-full',
        message: 'The disk is full.',
        advice: 'Free some.',
        stack: expect.stringContaining('log.test.ts'),
        cause: { message: 'write failed', cause: { code: 'ENOSPC' } },
      },
    });
  });

  it('may be its own cause, hold others, or be no error at all', () => {
    const { log, last } = open();
    const circular = new Error('round');
    circular.cause = circular;
    log.error(circular);
    expect(last().err.cause.cause.message).toBe('round');
    log.error(new AggregateError([new Error('one'), 'two'], 'many'));
    expect(last().err.errors).toMatchObject([{ message: 'one' }, 'two']);
    log.error({ err: 'just words' }, 'thrown');
    expect(last().err).toBe('just words');
  });
});

describe('The readable form', () => {
  it('is one line with time, level, message and fields', () => {
    const { log, lines } = open({ readable: true });
    log.warn({ jobId: 'j1', token: 'hush' }, 'Queue\nfull');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}Queue full jobId="j1" token="\[redacted\]"\n$/);
  });

  it('shows stacks and codes of an error and its causes below, indented', () => {
    const { log, lines } = open({ readable: true });
    log.error(new Error('outer', { cause: Object.assign(new TypeError('inner'), { code: 'E7' }) }));
    log.error({ err: 'just words' }, 'thrown');
    expect(lines[0]).toMatch(/ error outer\n {4}Error: outer\n {8}at (.|\n)*\n {4}E7: TypeError: inner\n/);
    expect(lines[1]).toMatch(/ error thrown\n {4}just words\n$/);
  });

  it('lets no text move the cursor', () => {
    const { log, lines } = open({ readable: true });
    log.error({ user: '\u001b[2J', err: new Error('\u009b2J') }, '\u001b]0;title\u0007');
    expect(lines[0]?.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
