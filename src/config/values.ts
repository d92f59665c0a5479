import { isIP } from 'node:net';
import { z } from 'zod';
import { parseProxies } from '../http/proxies.ts';
import { parseSource } from '../nst/weights/source.ts';
import { parsePlace } from '../store/places.ts';

// What the text of a variable may be, and what it is read as.

/** Text that passes a test; what it may be completes the sentence "… may be". */
export const text = (mayBe: string, test: (value: string) => boolean) => z.string().refine(test, mayBe);

export const folder = text('the path of a folder', (value) => value.trim() !== '');

const isWhole = (value: string, min: number, max: number) =>
  /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;

/** A whole number in decimal digits; `Number()` alone would take `0x10`, `1e3` and a blank for numbers, too. */
export const whole = (min: number, max: number) =>
  text(`a whole number from ${min} to ${max}`, (value) => isWhole(value, min, max)).transform(Number);

export const port = text(
  'a whole number from 0 (any free port) to 65535, or off',
  (value) => value === 'off' || isWhole(value, 0, 65_535),
).transform((value) => (value === 'off' ? value : Number(value)));

export const host = text(
  'a host name or an IP address, without a port',
  (value) => isIP(value) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(value),
);

export const token = text('at least 16 letters, digits and other characters, without a blank', (value) =>
  /^[!-~]{16,500}$/.test(value),
);

export const proxies = text(
  'IP addresses and networks such as 10.0.0.0/8, with commas between them',
  (value) => parseProxies(value) !== undefined,
).transform((value) => parseProxies(value) ?? []);

export const source = text('an https:// URL without a user name; http:// for this machine only', (value) => {
  try {
    return parseSource(value) !== undefined;
  } catch {
    return false;
  }
});

export const databaseUrl = text(
  'postgres://user:password@host:port/database, with what is special in it percent-encoded',
  (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, pathname } = new URL(value);
    return /^postgres(ql)?:$/.test(protocol) && pathname.length > 1;
  },
);

export const place = text(
  'file:/an/absolute/path, or s3://bucket or s3://bucket/prefix',
  (value) => parsePlace(value) !== undefined,
);

export const endpoint = text('an http:// or https:// URL of nothing but a host and a port', (value) => {
  if (!URL.canParse(value)) return false;
  const { protocol, pathname, username, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && pathname === '/' && username + search + hash === '';
});

/** A secret; what it is, is never shown. */
const secret = (mayBe: string, pattern: RegExp) => text(mayBe, (value) => pattern.test(value));

export const redisUrl = secret(
  'the URL of a Redis server: redis://host:6379, or rediss:// for TLS; a user and a password go before the host',
  /^rediss?:\/\/([^\s/@]*@)?[^\s/@:]+(:\d{1,5})?(\/\d{1,3})?$/,
);

export const prefix = text('1 to 40 letters, digits, - and _', (value) => /^[\w-]{1,40}$/.test(value));

export const painters = text(
  'a whole number from 1 to 64, 0 together with IMPASTO_REDIS_URL, or auto',
  (value) => value === 'auto' || isWhole(value, 0, 64),
).transform((value) => (value === 'auto' ? value : Number(value)));

export const discordToken = secret(
  'a bot token from discord.com/developers, three parts with dots between them',
  /^[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}$/,
);

export const shards = text(
  'a whole number from 1 to 1000, a range of all shards such as 0-3/16, or auto',
  (value) => {
    const range = shardsOf(value);
    if (typeof range !== 'object') return value === 'auto' || isWhole(value, 1, 1000);
    return range.from <= range.to && range.to < range.of && range.of <= 1000;
  },
).transform(shardsOf);

/** `auto`, a number, or `from-to/of`. */
function shardsOf(value: string) {
  if (value === 'auto') return value;
  const [from, to, of] = (/^(\d{1,4})-(\d{1,4})\/(\d{1,4})$/.exec(value) ?? []).slice(1).map(Number);
  return from === undefined || to === undefined || of === undefined ? Number(value) : { from, to, of };
}

export const slackBotToken = secret(
  'the Bot User OAuth Token of a Slack app, which begins with xoxb-',
  /^xoxb-[\w-]{20,}$/,
);

export const slackAppToken = secret(
  'an app-level token of a Slack app, which begins with xapp-',
  /^xapp-[\w-]{20,}$/,
);

export const slackSigningSecret = secret(
  'the signing secret of a Slack app, 32 letters and digits',
  /^[\da-f]{32}$/i,
);

export const region = text('the name of a region, such as eu-central-1', (value) =>
  /^[a-z\d-]{1,50}$/.test(value),
);

/** One of some words. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, `one of ${words.join(', ')}`);

/** A port of a server that has to listen. */
export const listeningPort = text('a whole number from 0 (any free port) to 65535', (value) =>
  isWhole(value, 0, 65_535),
).transform(Number);
