import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { describeConcurrency } from './contract/concurrency.ts';
import { describeDepartures } from './contract/departures.ts';
import { describeErasure } from './contract/erasure.ts';
import { describeJobs } from './contract/jobs.ts';
import { describeKeptPictures } from './contract/kept-pictures.ts';
import { describeLists } from './contract/lists.ts';
import { describeMessages } from './contract/messages.ts';
import { describePast } from './contract/past.ts';
import { describeReferences } from './contract/references.ts';
import { describeServers } from './contract/servers.ts';
import { describeSettings } from './contract/settings.ts';
import { describeStyles } from './contract/styles.ts';

/** A store that a test may close and open again. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens what it has kept. */
  reopen(): Promise<Store>;
  /** Closes whatever is open and removes what was kept. */
  dispose(): Promise<void>;
}

/** Gives the tests of a contract the store of the test that runs. */
export type Subject = () => OpenedStore;

/** What every store does, whatever it keeps its records in. */
export function describeStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(name, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const subject = () => opened;
    describeJobs(subject);
    describeLists(subject);
    describeMessages(subject);
    describeServers(subject);
    describeStyles(subject);
    describeSettings(subject);
    describeKeptPictures(subject);
    describePast(subject);
    describeReferences(subject);
    describeErasure(subject);
    describeDepartures(subject);
    describeConcurrency(subject);
  });
}
