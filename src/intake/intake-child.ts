import { serveRequests } from '../processes/serve-requests.ts';
import { normaliseFile } from './normalise-file.ts';

// The process in which foreign bytes are decoded. It has no secret in its environment and no way to a store.
serveRequests(normaliseFile);
