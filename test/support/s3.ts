import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import type { S3Credentials, S3Place } from '../../src/store/places.ts';

/** What the server's only user signs with. */
export const credentials = {
  accessKeyId: 'AKIDTEST',
  secretAccessKey: 'top-secret-key',
} as const satisfies S3Credentials;

const REGION = 'us-east-1';
const PAGE = 1000;

interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  modifiedAt: number;
}

/** How the server treats a request that fits, instead of answering it. */
export interface Trouble {
  /** `PUT`, `GET`, …; any by default. */
  readonly method?: string;
  /** How often; once by default. */
  readonly times?: number;
  /** What happens: an error of this status and code; the connection cut, before an answer or in the middle of one; silence. */
  readonly how: { readonly status: number; readonly code: string } | 'cut' | 'cut in the middle' | 'silence';
}

/**
 * An S3 store in memory, as strict as Amazon's about signatures, lengths, hashes and copies. It has one bucket, addressed
 * by path.
 */
export class S3Server {
  readonly objects = new Map<string, StoredObject>();
  /** Requests so far, such as `GET name`. */
  readonly requests: string[] = [];
  readonly bucket: string;
  readonly #troubles: (Trouble & { left: number })[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(bucket: string) {
    this.bucket = bucket;
  }

  static async start(bucket = 'pictures'): Promise<S3Server> {
    const server = new S3Server(bucket);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The place for a prefix, which is empty or ends in a slash. */
  place(prefix = ''): S3Place {
    return { type: 's3', bucket: this.bucket, prefix, endpoint: this.endpoint, pathStyle: true };
  }

  make(trouble: Trouble): void {
    this.#troubles.push({ ...trouble, left: trouble.times ?? 1 });
  }

  /** No trouble any more. */
  calm(): void {
    this.#troubles.length = 0;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.endpoint);
    const [, bucket = '', ...rest] = url.pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    this.requests.push(`${request.method} ${key}`);
    const trouble = this.#troubles.find(
      ({ method = request.method, left }) => method === request.method && left > 0,
    );
    if (trouble) trouble.left -= 1;
    if (trouble?.how === 'silence') return;
    if (trouble?.how === 'cut') return void request.socket.destroy();
    try {
      const body = await read(request);
      if (typeof trouble?.how === 'object') throw new Refusal(trouble.how.status, trouble.how.code);
      await this.#checkSignature(request, url, body);
      if (bucket !== this.bucket) throw new Refusal(404, 'NoSuchBucket');
      const answer = this.#answer(request, url, key, body);
      const headers = { ...answer.headers, 'content-length': answer.body.length };
      response.writeHead(answer.status, headers);
      if (request.method === 'HEAD') return void response.end();
      if (trouble?.how === 'cut in the middle') {
        response.write(answer.body.subarray(0, answer.body.length / 2), () => request.socket.destroy());
        return;
      }
      response.end(answer.body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const xml = `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>${error.code}</Message></Error>`;
      response.writeHead(error.status, { 'content-type': 'application/xml' });
      response.end(request.method === 'HEAD' ? undefined : xml);
    }
  }

  #answer({ method, headers }: IncomingMessage, url: URL, key: string, body: Buffer): Answer {
    if (key === '') {
      if (method !== 'GET' || url.searchParams.get('list-type') !== '2')
        throw new Refusal(501, 'NotImplemented');
      return this.#list(url.searchParams);
    }
    const found = this.objects.get(key);
    switch (method) {
      case 'PUT':
        return headers['x-amz-copy-source'] === undefined
          ? this.#put(key, headers, body)
          : this.#copy(key, headers);
      case 'DELETE':
        this.objects.delete(key);
        return { status: 204, headers: {}, body: Buffer.alloc(0) };
      case 'GET':
      case 'HEAD': {
        if (!found) throw new Refusal(404, 'NoSuchKey');
        const modified = new Date(found.modifiedAt).toUTCString();
        return { status: 200, headers: { etag: found.etag, 'last-modified': modified }, body: found.bytes };
      }
      default:
        throw new Refusal(405, 'MethodNotAllowed');
    }
  }

  #put(key: string, headers: IncomingMessage['headers'], body: Buffer): Answer {
    if (headers['content-length'] === undefined) throw new Refusal(411, 'MissingContentLength');
    if (Number(headers['content-length']) !== body.length) throw new Refusal(400, 'IncompleteBody');
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    this.objects.set(key, { bytes: body, etag, modifiedAt: Date.now() });
    return { status: 200, headers: { etag }, body: Buffer.alloc(0) };
  }

  #copy(key: string, headers: IncomingMessage['headers']): Answer {
    const source = decodeURIComponent(String(headers['x-amz-copy-source'])).replace(/^\//, '');
    const found = this.objects.get(source.slice(this.bucket.length + 1));
    if (!source.startsWith(`${this.bucket}/`) || !found) throw new Refusal(404, 'NoSuchKey');
    if (source === `${this.bucket}/${key}` && headers['x-amz-metadata-directive'] !== 'REPLACE') {
      throw new Refusal(400, 'InvalidRequest');
    }
    const copy = { ...found, modifiedAt: Date.now() };
    this.objects.set(key, copy);
    const modified = new Date(copy.modifiedAt).toISOString();
    const xml = `<CopyObjectResult><LastModified>${modified}</LastModified><ETag>${copy.etag}</ETag></CopyObjectResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) };
  }

  #list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const size = Math.min(PAGE, Number(query.get('max-keys') ?? PAGE));
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
    const page = names.slice(0, size);
    const more = names.length > page.length;
    const contents = page.map((name) => {
      const { bytes, modifiedAt, etag } = this.objects.get(name) as StoredObject;
      const modified = new Date(modifiedAt).toISOString();
      return `<Contents><Key>${name}</Key><LastModified>${modified}</LastModified><ETag>${etag}</ETag><Size>${bytes.length}</Size></Contents>`;
    });
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const xml = `<ListBucketResult><IsTruncated>${more}</IsTruncated><KeyCount>${page.length}</KeyCount>${next}${contents.join('')}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) };
  }

  /** Signs what has come as its user would have, and compares. */
  async #checkSignature({ method = '', headers }: IncomingMessage, url: URL, body: Buffer): Promise<void> {
    const given = String(headers.authorization);
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(given) ?? [];
    const signed = Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])]));
    for (const name of ['host', 'x-amz-date', 'x-amz-content-sha256']) {
      if (signed[name] === undefined) throw new Refusal(403, 'AccessDenied');
    }
    const hash = signed['x-amz-content-sha256'];
    const unsigned = hash === 'UNSIGNED-PAYLOAD';
    if (!unsigned && hash !== createHash('sha256').update(body).digest('hex')) {
      throw new Refusal(400, 'XAmzContentSHA256Mismatch');
    }
    const stamp = String(signed['x-amz-date']);
    const signingDate = new Date(
      stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    );
    if (Math.abs(Date.now() - signingDate.getTime()) > 900_000)
      throw new Refusal(403, 'RequestTimeTooSkewed');
    const signer = new SignatureV4({
      service: 's3',
      region: REGION,
      credentials,
      sha256: Sha256,
      uriEscapePath: false,
    });
    const request = await signer.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        port: Number(url.port),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: signed,
      },
      { signingDate, signableHeaders: new Set(names.split(';')) },
    );
    if (request.headers.authorization !== given) throw new Refusal(403, 'SignatureDoesNotMatch');
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** SHA-256 as the signer takes it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret as Buffer | string | undefined;
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
