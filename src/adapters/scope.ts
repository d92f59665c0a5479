import { createHash } from 'node:crypto';

/** The scope of a bot of a platform, told apart from other bots on the same Redis; it does not give the token away. */
export function scopeOfToken(platform: string, token: string): string {
  return `${platform} ${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;
}
