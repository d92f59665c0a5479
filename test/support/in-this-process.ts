import { DeliveryImages } from '../../src/delivery-images/delivery-images.ts';
import { renderImage } from '../../src/delivery-images/render.ts';
import { normaliseFile } from '../../src/intake/normalise-file.ts';
import type { NormaliseRequest } from '../../src/intake/protocol.ts';
import type { Answering } from '../../src/processes/process-pool.ts';

/** Answers requests here: the same code without its process, which takes a second to start. */
function inThisProcess<Request, Answer>(
  handle: (request: Request) => Promise<Answer>,
): Answering<Request, Answer> {
  return { run: handle, close: async () => {} };
}

/** Decode foreign pictures in this process. */
export const decodersHere: Answering<NormaliseRequest, unknown> = inThisProcess(normaliseFile);

/** Makes pictures for sending in this process. */
export const imagesHere = new DeliveryImages(inThisProcess(renderImage));
