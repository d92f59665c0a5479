import { localQueue } from '../../src/queue/local.ts';
import { describeQueue } from './contract.ts';

describeQueue('In one process', async (options) => localQueue(options));
