import sharp from '../nst/image/libvips.ts';
import { serveRequests } from '../processes/serve-requests.ts';
import { normaliseFile } from './normalise-file.ts';

/** Each holds rows of a picture; more would be little faster, whatever the machine has. */
const THREADS = 2;

// The process in which foreign bytes are decoded. It has no secret in its environment and no way to a store.
sharp.concurrency(THREADS);
serveRequests(normaliseFile);
