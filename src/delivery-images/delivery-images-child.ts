import { serveRequests } from '../processes/serve-requests.ts';
import { renderImage } from './render.ts';

// The process that makes of our own pictures what is sent: smaller ones, and other formats.
serveRequests(renderImage);
