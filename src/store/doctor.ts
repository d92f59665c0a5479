import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Check } from '../core/check.ts';
import { failureOf } from '../core/failures.ts';
import { openPlace } from './open-place.ts';
import type { PicturesPlace, S3Credentials } from './places.ts';
import { databaseOf } from './postgres.ts';

const CONNECT_MS = 5000;

/** Looks whether a PostgreSQL database can be reached; changes nothing in it. */
export async function* checkDatabase(url: string): AsyncGenerator<Check> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  // A connection that is lost says so by an event, too.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    yield {
      state: 'good',
      text: `The database ${databaseOf(url)} answers: PostgreSQL ${rows[0]?.server_version}`,
    };
  } catch (error) {
    const { code = 'no answer' } = error as { code?: string };
    yield {
      state: 'bad',
      text: `The database ${databaseOf(url)} does not answer (${code})`,
      advice:
        'Check that PostgreSQL runs there, and the user, password and database in IMPASTO_DATABASE_URL.',
    };
  } finally {
    await client.end();
  }
}

/** Looks whether pictures can be kept, read and removed where they are to be; leaves nothing behind. */
export async function* checkPictures(
  place: PicturesPlace,
  credentials: S3Credentials | undefined,
): AsyncGenerator<Check> {
  const name = place.type === 's3' ? `s3://${place.bucket}/${place.prefix}` : place.folder;
  const { pictures } = await openPlace(place, credentials);
  const probe = randomBytes(32);
  try {
    const hash = await pictures.put(probe);
    await pictures.get(hash);
    await pictures.remove(hash);
    yield { state: 'good', text: `Pictures can be kept in ${name}` };
  } catch (error) {
    const { message } = failureOf(error);
    const cause = (error as Error).cause as { name?: string; code?: string } | undefined;
    yield {
      state: 'bad',
      text: `Pictures cannot be kept in ${name}: ${message} (${cause?.code ?? cause?.name ?? 'no cause'})`,
      advice: 'Check IMPASTO_PICTURES, that it can be reached from here, and who may write to it.',
    };
  }
}
