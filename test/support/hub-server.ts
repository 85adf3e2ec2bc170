/** A model hub on this machine that answers ranges as the real one does, and misbehaves when a test asks it to. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Hub = {
  readonly host: string;
  readonly files: Map<string, Uint8Array>;
  /** Each request that was made: file, first byte asked for. */
  readonly requests: { readonly file: string; readonly from: number; readonly revision: string }[];
  /** Bytes of bodies that were sent. */
  sent: number;
  /** Answers instead of the hub when it returns true. */
  fault: (file: string, from: number, response: ServerResponse, request: IncomingMessage) => boolean;
  /** The commit of every answer; null for a hub that names none. */
  commit: string | null;
  /** Files whose SHA-256 the hub does not tell. */
  readonly unhashed: Set<string>;
  close(): Promise<void>;
};

/** Pages of other origins may read, as on the real hub. */
const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };

export async function startHub(files: ReadonlyMap<string, Uint8Array>): Promise<Hub> {
  const server = createServer((request, response) => {
    const [, , , , revision = '', ...path] = (request.url ?? '').split('/').map(decodeURIComponent);
    const name = path.join('/');
    const bytes = hub.files.get(name);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const from = Number(range?.[1] ?? 0);
    hub.requests.push({ file: name, from, revision });
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...CORS, 'access-control-allow-headers': 'range' }).end();
      return;
    }
    if (hub.fault(name, from, response, request)) return;
    if (bytes === undefined) {
      response.writeHead(404, { ...CORS, 'content-type': 'text/plain', 'x-error-code': 'EntryNotFound' }).end('Entry not found');
      return;
    }
    if (from >= bytes.length) {
      response.writeHead(416, { ...CORS, 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const to = Math.min(Number(range?.[2] ?? bytes.length - 1) + 1, bytes.length);
    const body = bytes.subarray(from, to);
    hub.sent += body.length;
    response.writeHead(range === null ? 200 : 206, {
      ...headersOf(hub, name, bytes),
      'content-length': body.length,
      ...(range === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` }),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const hub: Hub = {
    host: `http://127.0.0.1:${port}`,
    files: new Map(files),
    requests: [],
    sent: 0,
    fault: () => false,
    commit: 'c'.repeat(40),
    unhashed: new Set(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return hub;
}

/** The headers of a good answer: the hash of a large file, something shorter for a small one. */
export function headersOf(hub: Hub, name: string, bytes: Uint8Array): Record<string, string> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const large = name.endsWith('.safetensors') && !hub.unhashed.has(name);
  return {
    etag: `"${large ? hash : hash.slice(0, 40)}"`,
    ...(hub.commit === null ? {} : { 'x-repo-commit': hub.commit }),
    'content-type': 'application/octet-stream',
    ...CORS,
  };
}
