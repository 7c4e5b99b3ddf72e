// What every route shares: limits, headers, problems.
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { lineText, Public } from '../../src/platform/http/index.js';
import { bootTestApp } from '../support/http-app.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const CANARY = 'canary-in-an-error';
const noted = z.strictObject({ note: lineText(20) });

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

  @Post('actions')
  @HttpCode(200)
  @Public('a test')
  act(@Body() body: unknown): { hasBody: boolean } {
    return { hasBody: body !== undefined };
  }
}

describe('every route', () => {
  let database: TestDatabase;
  let app: Awaited<ReturnType<typeof bootTestApp>>;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await bootTestApp({ imports: [], controllers: [ProbeController], databaseUrl: database.url });
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  function post(path: string, body: string | null, type = 'application/json'): Promise<Response> {
    return fetch(`${app.url}${path}`, { method: 'POST', body, headers: { 'content-type': type } });
  }

  async function problemOf(response: Response): Promise<Record<string, unknown>> {
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    return (await response.json()) as Record<string, unknown>;
  }

  it('hides from the caller what went wrong inside, and gives the id to find it by', async () => {
    const response = await fetch(`${app.url}/probe/fails`, { headers: { 'x-request-id': 'my-request-1' } });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toMatch(/canary|select|path|at .*\.ts/);
    expect(JSON.parse(text)).toMatchObject({ type: '/problems/http/internal', instance: 'my-request-1' });
  });

  it.each(['/probe/fails', '/nowhere', '/healthz'])(
    'sends the security headers with its answer (%s)',
    async (path) => {
      const { headers } = await fetch(`${app.url}${path}`);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );

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
    ['broken JSON', '{"note":', 400],
    ['a lone surrogate', '{"note":"\\ud800"}', 400],
    ['a poisoned prototype', '{"note":"x","__proto__":{"admin":true}}', 400],
    ['a body of 2 MB', JSON.stringify({ note: 'x'.repeat(2_000_000) }), 413],
    ['an empty body where one is needed', '', 400],
  ])('refuses %s', async (_name, body, status) => {
    const response = await post('/probe/notes', body);
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ status, detail: expect.any(String) });
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
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

  it('answers what is not there as a problem', async () => {
    const response = await fetch(`${app.url}/api/v2/nothing`);
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ type: '/problems/http/not-found', status: 404 });
  });
});
