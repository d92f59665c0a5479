import { LogLevel } from '@slack/bolt';
import type { Logger } from 'pino';

/** Bolt's own log: into ours, a level lower, for what matters is told by the adapter. Without one, nowhere. */
export function slackLogger(log?: Logger) {
  const write =
    (level: 'debug' | 'trace' | 'warn') =>
    (...parts: unknown[]) =>
      log?.[level]({ slack: parts.map(String).join(' ') }, 'Slack');
  return {
    // Bolt writes payloads with tokens at its level debug: never asked for.
    debug: () => {},
    info: write('trace'),
    warn: write('debug'),
    error: write('warn'),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
