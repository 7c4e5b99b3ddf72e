// What every route shares: limits, headers, problems.
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { idParam, lineText, pageQuery, preferredWaitSeconds, Public } from '../../src/platform/http/index.js';
import { bootTestApp, type TestApp } from '../support/http-app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type RawAnswer, sendRaw } from '../support/raw-http.js';
import { expectSecurityHeaders } from '../support/security-headers.js';

const CANARY = 'canary-in-an-error';
const noted = z.strictObject({ note: lineText(20) });
const wished = z.strictObject({
  days: z.int().max(30).default(7),
  config: z.strictObject({ label: z.string().optional() }).optional(),
});

/** The last answer that never ends by itself. */
let flood: Readable;
/** Tells of a request that waits for `release`. */
const held = new EventEmitter();
let release: () => void;

@Controller('probe')
class ProbeController {
  @Get('fails')
  @Public('a test')
  fail(): never {
    throw new Error(`${CANARY} at /some/path with select * from secrets`);
  }

  @Post('notes')
  @HttpCode(200)
  @Public('a test')
  note(@Body({ schema: noted }) body: z.output<typeof noted>): { note: string } {
    return body;
  }

  @Post('wishes')
  @HttpCode(200)
  @Public('a test')
  wish(@Body({ schema: wished }) body: z.output<typeof wished>): z.output<typeof wished> {
    return body;
  }

  @Get('pages')
  @Public('a test')
  page(@Query({ schema: pageQuery }) query: z.output<typeof pageQuery>): z.output<typeof pageQuery> {
    return query;
  }

  @Get('objects/:id')
  @Public('a test')
  object(@Param('id', { schema: idParam }) id: string): { id: string } {
    return { id };
  }

  @Post('actions')
  @HttpCode(200)
  @Public('a test')
  act(@Body() body: unknown): { hasBody: boolean } {
    return { hasBody: body !== undefined };
  }

  @Get('things/:name')
  @Public('a test')
  thing(@Param('name') name: string): { name: string } {
    return { name };
  }

  @Get('lines')
  @Public('a test')
  lines(): StreamableFile {
    return new StreamableFile(Readable.from(['{"n":1}\n', '{"n":2}\n']), { type: 'application/x-ndjson' });
  }

  @Get('endless')
  @Public('a test')
  endless(): StreamableFile {
    return new StreamableFile(new Readable({ read: () => undefined, construct: beginning }));
  }

  @Get('flood')
  @Public('a test')
  flood(): StreamableFile {
    flood = new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
    return new StreamableFile(flood);
  }

  @Get('held')
  @Public('a test')
  async hold(): Promise<{ held: boolean }> {
    await new Promise<void>((resolve) => {
      release = resolve;
      held.emit('held');
    });
    return { held: true };
  }

  @Get('address')
  @Public('a test')
  address(@Req() request: FastifyRequest): { address: string } {
    return { address: request.ip };
  }

  @Get('waits')
  @Public('a test')
  wait(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): { seconds: number } {
    return { seconds: preferredWaitSeconds(request, reply, 25) };
  }
}

/** One piece, and never another. */
function beginning(this: Readable, done: () => void): void {
  this.push('beginning');
  done();
}

let database: TestDatabase;
let app: TestApp;

const boot = (env: Record<string, string> = {}): Promise<TestApp> =>
  bootTestApp({ imports: [], controllers: [ProbeController], databaseUrl: database.url, env });

beforeAll(async () => {
  database = await createTestDatabase();
  app = await boot();
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

function post(
  path: string,
  body: NonNullable<RequestInit['body']>,
  type = 'application/json',
): Promise<Response> {
  return fetch(`${app.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  return (await response.json()) as Record<string, unknown>;
}

describe('every route', () => {
  it('hides from the caller what went wrong inside, and gives the id to find it by', async () => {
    const response = await fetch(`${app.url}/probe/fails`, { headers: { 'x-request-id': 'my-request-1' } });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toMatch(/canary|select|path|at .*\.ts/);
    expect(JSON.parse(text)).toMatchObject({ type: '/problems/http/internal', instance: 'my-request-1' });
  });

  it('does not take over a request id that could be something else', async () => {
    const response = await fetch(`${app.url}/healthz`, {
      headers: { 'x-request-id': '<script>alert(1)</script>' },
    });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says where a body is wrong', async () => {
    const response = await post('/probe/notes', JSON.stringify({ note: 'a\u0000b', extra: 1 }));
    expect(response.status).toBe(400);
    const { errors } = await problemOf(response);
    expect(errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pointer: '/note', detail: expect.stringContaining('NUL') }),
      ]),
    );
  });

  it.each([
    ['a form', 'note=x', 'application/x-www-form-urlencoded'],
    ['an image', 'note', 'image/png'],
    ['text', 'note', 'text/plain'],
  ])('does not take %s for JSON', async (_name, body, type) => {
    const response = await post('/probe/notes', body, type);
    expect(response.status).toBe(415);
    expect((await problemOf(response))['type']).toBe('/problems/http/unsupported-media-type');
  });

  it('takes an empty body where none is needed, whatever type is named', async () => {
    const response = await post('/probe/actions', '');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ hasBody: false });
  });

  it.each(['/api/v2/nothing', '/probe/fails/', '/probe/things/a/b', '//probe/fails'])(
    'answers what is not there as a problem (%s)',
    async (path) => {
      const response = await fetch(`${app.url}${path}`);
      expect(response.status).toBe(404);
      expect(await problemOf(response)).toMatchObject({ type: '/problems/http/not-found', status: 404 });
    },
  );

  it.each([
    ['DELETE', '/probe/notes', 'POST'],
    ['GET', '/probe/notes?x=1', 'POST'],
    ['OPTIONS', '/probe/fails', 'GET, HEAD'],
    ['PUT', '/probe/things/a%20b', 'GET, HEAD'],
    ['PROPFIND', '/probe/things/a', 'GET, HEAD'],
  ])('names the methods that a path has (%s %s)', async (method, path, allowed) => {
    const response = await fetch(`${app.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect((await problemOf(response))['type']).toBe('/problems/http/method-not-allowed');
  });

  it.each<[string, number, string | null]>([
    ['wait=3', 3, 'wait=3'],
    ['wait=600', 25, 'wait=25'],
    ['respond-async', 0, 'respond-async'],
    ['respond-async, wait=5', 5, 'respond-async, wait=5'],
    ['handling=strict', 25, null],
    ['wait=-1', 25, null],
  ])('can say what it did with a preference (%s)', async (prefer, seconds, applied) => {
    const { body, headers } = await app.request('GET', '/probe/waits', { headers: { prefer } });
    expect(body).toEqual({ seconds });
    expect(headers.get('preference-applied')).toBe(applied);
  });
});

describe('a faulty place', () => {
  it('in the body has its pointer, an unknown field its own, with the name that was meant', async () => {
    const response = await post('/probe/wishes', '{"days":31,"confg":{},"config":{"a/b":1,"labe":2}}');
    expect(response.status).toBe(400);
    expect((await problemOf(response))['errors']).toEqual([
      { pointer: '/days', detail: 'must be at most 30' },
      { pointer: '/config/a~1b', detail: 'is not known here (known: label)' },
      { pointer: '/config/labe', detail: 'is not known here. Did you mean label?' },
      { pointer: '/confg', detail: 'is not known here. Did you mean config?' },
    ]);
  });

  it.each([
    ['/probe/pages?limit=201', 'query/limit', 'must be at most 200'],
    ['/probe/pages?limit=many', 'query/limit', 'must be a number'],
    ['/probe/pages?limt=5', 'query/limt', 'is not known here. Did you mean limit?'],
    ['/probe/objects/7', 'path/id', 'must be a UUID'],
  ])('of %s is %s', async (path, pointer, detail) => {
    const response = await fetch(`${app.url}${path}`);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ errors: [{ pointer, detail }] });
  });
});

describe('a body', () => {
  it('may be left out where every field may be', async () => {
    const { status, body } = await app.request('POST', '/probe/wishes');
    expect({ status, body }).toEqual({ status: 200, body: { days: 7 } });
  });

  const names = Array.from({ length: 1_001 }, (_, index) => `"f${index}":0`).join(',');

  it.each<[string, string | Buffer, string]>([
    ['that is no JSON', '{"note":', 'not JSON'],
    ['that is missing', '', 'The body: is missing.'],
    ['that is null', 'null', 'The body: must be an object.'],
    ['with a field too few', '{}', '/note: is missing.'],
    ['with a lone surrogate', '{"note":"\\ud800"}', 'surrogate'],
    ['with a poisoned prototype', '{"note":"x","__proto__":{"polluted":true}}', '/__proto__'],
    ['with an escaped prototype', '{"note":"x","__pr\\u006fto__":{"polluted":true}}', '/__proto__'],
    ['with a constructor', '{"note":"x","constructor":{"prototype":{"polluted":true}}}', '/constructor'],
    ['with a name twice', '{"note":"x","note":"y"}', '/note'],
    ['of 1,001 fields', `{${names}}`, '1000 fields'],
    ['of 33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, '32 levels'],
    ['of 200,000 levels', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, '32 levels'],
    ['of a megabyte of brackets', '['.repeat(1_048_576), '32 levels'],
    ['with a number that nothing can keep', '{"note":-1.5E+400}', '/note: is a number too large to be kept'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'UTF-8'],
    ['in UTF-16', Buffer.from('{"note":"x"}', 'utf16le'), 'not JSON'],
    ['that begins with a mark', '\ufeff{"note":"x"}', 'byte order mark'],
  ])('%s is refused', async (_name, body, reason) => {
    const response = await post('/probe/notes', body);
    expect(response.status).toBe(400);
    expect((await problemOf(response))['detail']).toContain(reason);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('of 10 MB is refused, whether its length is told or not', async () => {
    const large = Buffer.alloc(10_485_760, ' ');
    const stream = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < large.length; sent += 65_536) controller.enqueue(large.subarray(0, 65_536));
        controller.close();
      },
    });
    const head = (framing: string): string =>
      `POST /probe/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;
    const told = await sendRaw(app.url, head(`Content-Length: ${large.length}`));
    expect([told.status, told.body]).toEqual([413, expect.stringContaining('payload-too-large')]);
    const untold = await post('/probe/notes', stream).then(
      ({ status }) => status,
      // The server hung up on what was still to come.
      () => 413,
    );
    expect(untold).toBe(413);
  });

  it.each(['gzip', 'deflate', 'br', 'identity, gzip'])(
    'that is compressed is refused (%s)',
    async (encoding) => {
      const response = await fetch(`${app.url}/probe/notes`, {
        method: 'POST',
        body: '{"note":"x"}',
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('identity');
    },
  );

  it('may be as deep as is allowed, and the answer is about the object', async () => {
    const response = await post('/probe/notes', `{"note":${'['.repeat(31)}${']'.repeat(31)}}`);
    expect((await problemOf(response))['detail']).toContain('/note');
  });
});

describe('a request that is not HTTP as it should be', () => {
  const GET = 'GET /probe/things/a HTTP/1.1\r\n';
  const HEADERS = Array.from({ length: 10_000 }, (_, index) => `x-${index}: y\r\n`);
  const POST = 'POST /probe/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

  const answered = async (bytes: string, status: number): Promise<RawAnswer> => {
    const answer = await sendRaw(app.url, bytes);
    expect([answer.status, answer.body]).toEqual([status, expect.any(String)]);
    expectSecurityHeaders(answer.headers);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(answer.body)).toMatchObject({
      type: expect.stringMatching(/^\/problems\/http\//),
      status,
      detail: expect.any(String),
      instance: answer.headers.get('x-request-id'),
    });
    return answer;
  };

  it.each<[string, number, string]>([
    ['no HTTP at all', 400, 'hello there\r\n\r\n'],
    ['the preface of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no Host', 400, `${GET}\r\n`],
    ['two Hosts', 400, `${GET}Host: a\r\nHost: b\r\n\r\n`],
    ['a header with a blank in its name', 400, `${GET}Host: x\r\nA b: c\r\n\r\n`],
    ['a line feed hidden in a header', 400, `${GET}Host: x\r\nA: b\rc\r\n\r\n`],
    ['two lengths', 400, `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', 400, `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk without a length', 400, `${POST}Transfer-Encoding: chunked\r\n\r\nno length\r\n`],
    ['an unknown way of chunking', 400, `${POST}Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n`],
    ['a path that decodes to nothing', 400, 'GET /probe/things/%zz HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'a part of the path that is too long',
      414,
      `GET /probe/things/${'a'.repeat(600)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ],
    ['a URL that is too long', 414, `GET /healthz?${'a'.repeat(9_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['101 headers', 431, `${GET}Host: x\r\n${HEADERS.slice(0, 100).join('')}\r\n`],
    ['10,000 headers', 431, `${GET}Host: x\r\n${HEADERS.join('')}\r\n`],
    ['a header of a megabyte', 431, `${GET}Host: x\r\nA: ${'b'.repeat(1_048_576)}\r\n\r\n`],
    ['something else to expect', 417, `${POST}Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}`],
  ])('is answered with a problem and all headers: %s', async (_name, status, bytes) => {
    await answered(bytes, status);
  });

  it.each([
    ['headers', `${GET}Host: x\r\nA: b`],
    ['body', `${POST}Content-Length: 10\r\n\r\n{"`],
  ])('ends when its %s never end', async (_name, bytes) => {
    const server = app.app.getHttpServer();
    const { headersTimeout, requestTimeout } = server;
    Object.assign(server, { headersTimeout: 100, requestTimeout: 100 });
    try {
      await answered(bytes, 408);
    } finally {
      Object.assign(server, { headersTimeout, requestTimeout });
    }
  });

  it('is cut without an answer of its own when it comes into the middle of another answer', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.write('GET /probe/endless HTTP/1.1\r\nHost: x\r\n\r\n');
    for await (const chunk of socket) {
      if (text === '') socket.write('nonsense\r\n\r\n');
      text += String(chunk);
    }
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });

  it('takes nothing from the request before it, whose answer is not ready', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const isHeld = once(held, 'held');
    socket.write('GET /probe/held HTTP/1.1\r\nHost: x\r\n\r\n');
    await isHeld;
    const isRead = once(app.app.getHttpServer(), 'clientError');
    socket.write('nonsense\r\n\r\n');
    await isRead;
    release();
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(text).toMatch(/connection: close/i);
    expect(text).toContain('{"held":true}');
  });
});

describe('the security headers', () => {
  it.each([
    ['an answer', 'GET', '/probe/things/a', 200],
    ['lines of JSON', 'GET', '/probe/lines', 200],
    ['no body', 'HEAD', '/probe/things/a', 200],
    ['a mistake', 'GET', '/probe/fails', 500],
    ['what is not there', 'GET', '/nowhere', 404],
    ['a wrong method', 'DELETE', '/probe/fails', 405],
    ['a preflight', 'OPTIONS', '/probe/notes', 405],
    ['a refused body', 'POST', '/probe/notes', 400],
  ])('come with %s', async (_name, method, path, status) => {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(status);
    expectSecurityHeaders(response.headers);
  });

  it('hold browsers to TLS where the service is reached by it', async () => {
    const behindTls = await boot({ PROVOST_HTTP_PUBLIC_URL: 'https://provost.example.org' });
    const answers = [
      await fetch(`${behindTls.url}/probe/fails`),
      await sendRaw(behindTls.url, 'nonsense\r\n\r\n'),
    ];
    await behindTls.close();
    for (const { headers } of answers) {
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    }
  });
});

describe("the caller's address", () => {
  const claimed = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };

  it('is that of the connection, whatever headers say', async () => {
    const { body } = await app.request('GET', '/probe/address', { headers: claimed });
    expect(body).toEqual({ address: '127.0.0.1' });
  });

  it.each([
    ['the nearest that no trusted proxy has', '127.0.0.0/8', '198.51.100.7'],
    ['further out the more proxies are trusted', '127.0.0.1, 198.51.100.0/24', '203.0.113.9'],
    ['that of a proxy that is not trusted', '10.0.0.0/8,::1', '127.0.0.1'],
  ])('is %s', async (_name, proxies, address) => {
    const behindProxy = await boot({ PROVOST_HTTP_TRUSTED_PROXIES: proxies });
    const { body } = await behindProxy.request('GET', '/probe/address', { headers: claimed });
    await behindProxy.close();
    expect(body).toEqual({ address });
  });

  it.each(['everybody', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '127.0.0.1/'])(
    'is not looked for behind what is no network (%s)',
    async (proxies) => {
      await expect(boot({ PROVOST_HTTP_TRUSTED_PROXIES: proxies })).rejects.toThrow(
        'PROVOST_HTTP_TRUSTED_PROXIES: must be addresses or networks',
      );
    },
  );
});

describe('a process that is stopping', () => {
  it('answers what still comes on an open connection as unavailable', async () => {
    const stopping = await boot();
    const { hostname, port } = new URL(stopping.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    // The second request is on its way when the service begins to stop, and keeps its connection.
    socket.write(
      'POST /probe/actions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{',
    );
    const server = stopping.app.getHttpServer();
    await new Promise((resolve) => server.once('request', resolve));
    const closed = stopping.close();
    socket.write('}GET /probe/things/a HTTP/1.1\r\nHost: x\r\n\r\n');
    for await (const chunk of socket) text += String(chunk);
    await closed;
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(text).toContain('/problems/http/unavailable');
  });

  it('does not wait for ever for a client that has stopped reading', async () => {
    const stopping = await boot({ PROVOST_HTTP_DRAIN_SECONDS: '0' });
    const { hostname, port } = new URL(stopping.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('GET /probe/flood HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    const isLetGo = once(flood, 'close');
    await stopping.close();
    await isLetGo;
    socket.destroy();
  });
});
