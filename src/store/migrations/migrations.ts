import type { Migration } from 'kysely';
import * as first from './0001-first.ts';
import * as departures from './0002-departures.ts';
import * as keptPictures from './0003-kept-pictures.ts';
import * as preferencesMethod from './0004-preferences-method.ts';

/**
 * How the database came to be, by name; run in the order of the names. A migration that has been released is never
 * changed: another follows it.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-departures': departures,
  '0003-kept-pictures': keptPictures,
  '0004-preferences-method': preferencesMethod,
};
