import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { ConvName } from '../../src/nst/network.ts';
import { type LayerEntry, type Manifest, pathIn, type WeightFile } from '../../src/nst/weights/manifest.ts';

/** A small network in the published format, whose values count upwards so that their order can be checked. */
export interface SyntheticWeights {
  readonly manifest: Manifest;
  /** The bytes of each file by its name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Three layers; the last is in two files, and only the first has a SHA-256. */
export function syntheticWeights(): SyntheticWeights {
  const files = new Map<string, Buffer>();
  const shapes: [ConvName, number, number, number][] = [
    ['conv1_1', 3, 16, 1],
    ['conv1_2', 16, 32, 1],
    ['conv2_1', 32, 64, 2],
  ];
  const layers = shapes.map(([layer, inputs, outputs, count], index): LayerEntry => {
    const values = Float32Array.from(
      { length: 9 * inputs * outputs + outputs },
      (_, i) => 100_000 * index + i,
    );
    const bytes = Buffer.from(values.buffer);
    const size = Math.ceil(bytes.length / count);
    const shards = Array.from({ length: count }, (_, shard): WeightFile => {
      const file = `group${index + 1}-shard${shard + 1}of${count}`;
      const part = bytes.subarray(shard * size, (shard + 1) * size);
      files.set(file, part);
      return {
        file,
        bytes: part.length,
        gitBlobSha1: gitSha1(part),
        ...(index === 0 && { sha256: sha256(part) }),
      };
    });
    return { layer, kernel: [3, 3, inputs, outputs], shards };
  });
  return { manifest: { source: 'https://weights.invalid/', layers }, files };
}

/** Writes some of the files into a models folder. */
export async function fillFolder(
  folder: string,
  { manifest, files }: SyntheticWeights,
  layers: readonly string[] = manifest.layers.map(({ layer }) => layer),
): Promise<void> {
  for (const { layer, shards } of manifest.layers) {
    if (!layers.includes(layer)) continue;
    for (const file of shards) {
      const path = pathIn(folder, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, files.get(file.file) as Buffer);
    }
  }
}

/** One request and what is needed to answer it. */
export interface Exchange {
  /** The whole file. */
  readonly bytes: Buffer;
  /** The first byte asked for. */
  readonly from: number;
  readonly response: ServerResponse;
}

/** How the server answers one request. */
export type Answer = (exchange: Exchange) => void;

/** Answers with what is asked for. */
export const serve: Answer = ({ bytes, from, response }) => {
  if (from >= bytes.length) response.writeHead(416).end();
  else begin(response, bytes, from).end(bytes.subarray(from));
};

/** Answers with the whole file, as servers without ranges do. */
export const ignoreRange: Answer = ({ bytes, response }) => {
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

/** Answers with as many bytes as expected, of which the last one is wrong. */
export const wrongBytes: Answer = ({ bytes, from, response }) => {
  const wrong = Buffer.from(bytes);
  wrong.writeUInt8(wrong.readUInt8(wrong.length - 1) ^ 1, wrong.length - 1);
  begin(response, bytes, from).end(wrong.subarray(from));
};

/** Answers with a page of another size, as networks that want a log-in do. */
export const anotherPage: Answer = ({ response }) => {
  const page = '<!doctype html><title>Welcome</title>';
  response.writeHead(200, { 'content-length': page.length }).end(page);
};

/** Answers with the file again and again, without end. */
export const endless: Answer = ({ bytes, response }) => {
  const pages = (function* () {
    for (;;) yield bytes.subarray(0, 1000);
  })();
  Readable.from(pages).pipe(response);
};

/** Answers with another part of the file than the one asked for. */
export const anotherRange: Answer = ({ bytes, response }) => {
  response.writeHead(206, contentRange(bytes, 1)).end(bytes.subarray(1));
};

/** Answers with a status and nothing else. */
export function status(code: number): Answer {
  return ({ response }) => response.writeHead(code).end();
}

/** Ends the answer after `count` bytes as if that were all. */
export function truncate(count: number): Answer {
  return ({ bytes, from, response }) => {
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? contentRange(bytes, from) : {});
    response.end(bytes.subarray(from, from + count));
  };
}

/** Sends `count` bytes and then nothing; drops the connection once `until` resolves. */
export function hold(count: number, until: Promise<unknown> = new Promise(() => {})): Answer {
  return ({ bytes, from, response }) => {
    begin(response, bytes, from).write(bytes.subarray(from, from + count));
    void until.then(() => response.destroy());
  };
}

/** Sends the client elsewhere. */
export function redirect(location: string): Answer {
  return ({ response }) => response.writeHead(302, { location }).end();
}

/** A server of weights on this machine that misbehaves on demand. */
export interface WeightsServer {
  /** Base URL; ends in '/'. */
  readonly url: string;
  /** The requests so far: the file, then the first byte asked for, such as `group1-shard1of1 0`. */
  readonly requests: readonly string[];
  /** Prescribes the answers to the next requests for a file; the requests after those are served well. */
  answer(file: string, ...answers: Answer[]): void;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback interface. */
export async function startWeightsServer(files: ReadonlyMap<string, Buffer>): Promise<WeightsServer> {
  const requests: string[] = [];
  const prescribed = new Map<string, Answer[]>();
  const server = createServer((request, response) => {
    const file = request.url?.slice('/model/'.length) ?? '';
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(`${file} ${from}`);
    const bytes = files.get(file);
    if (bytes === undefined) response.writeHead(404).end();
    else (prescribed.get(file)?.shift() ?? serve)({ bytes, from, response });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model/`,
    requests,
    answer: (file, ...answers) => void prescribed.set(file, answers),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function begin(response: ServerResponse, bytes: Buffer, from: number): ServerResponse {
  return from > 0
    ? response.writeHead(206, { 'content-length': bytes.length - from, ...contentRange(bytes, from) })
    : response.writeHead(200, { 'content-length': bytes.length });
}

function contentRange(bytes: Buffer, from: number) {
  return { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
}

function gitSha1(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
