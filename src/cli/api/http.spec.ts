import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CliError } from '../cli-error.js';
import { exchange } from './http.js';

describe('exchange', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const get = (server: string): Promise<unknown> => exchange(server, { method: 'GET', path: '/x' });

  it('gives the JSON of an answer, and nothing for an empty one', async () => {
    const json = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{"a":"王"}'),
    );
    expect(await get(json)).toEqual({ a: '王' });
    expect(await get(await serve((_, response) => response.writeHead(204).end()))).toBeUndefined();
  });

  it('gives a refusal with every faulty place and when to come again', async () => {
    const problem = {
      type: '/problems/http/invalid-request',
      title: 'The request is not valid',
      status: 400,
      detail: 'Several places are wrong.',
      instance: 'r1',
      errors: [{ pointer: '/login', detail: 'must not be empty' }, 'strange'],
    };
    const url = await serve((_, response) =>
      response
        .writeHead(400, { 'content-type': 'application/problem+json', 'retry-after': '5' })
        .end(JSON.stringify(problem)),
    );
    await expect(get(url)).rejects.toMatchObject({
      exitCode: 1,
      retryAfter: 5,
      document: problem,
      problem: { errors: [{ pointer: '/login', detail: 'must not be empty' }] },
    });
  });

  it('is not sent on by a redirect', async () => {
    const seen: string[] = [];
    const elsewhere = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(307, { location: elsewhere }).end());
    const sent = exchange(url, { method: 'POST', path: '/login', body: { password: 'secret' } });
    await expect(sent).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining(elsewhere) });
    expect(seen).toEqual([]);
  });

  it.each([
    ['a page', 200, 'text/html', '<html>'],
    ['broken JSON', 200, 'application/json', '{"a":'],
    ['a failing proxy', 502, 'text/html', 'Bad Gateway'],
    ['an error of another service', 404, 'application/json', '{"message":"no"}'],
  ])('knows %s is not Provost', async (_, status, type, text) => {
    const url = await serve((_request, response) =>
      response.writeHead(status, { 'content-type': type }).end(text),
    );
    await expect(get(url)).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining(url) });
  });

  it('says which URL refused, and how to start the service', async () => {
    const url = await serve(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    const said = await get(url).catch((error: CliError) => `${error.exitCode}: ${error.message}`);
    expect(said).toMatch(
      new RegExp(`^4: No answer from ${url} \\(connection refused\\)\\. Start .* npm start`),
    );
  });

  it('says that a port is not allowed, and that nothing was sent', async () => {
    const sent = exchange('http://127.0.0.1:9', { method: 'POST', path: '/x', body: {} });
    const said = await sent.catch((error: CliError) => `${error.exitCode}: ${error.message}`);
    expect(said).toMatch(/^4: The port 9 of http:\/\/127\.0\.0\.1:9 is not allowed.* Nothing was sent\./);
    expect(said).not.toContain('not known');
  });

  it('has no doubt about a change that could not be sent: nobody listens, or nobody knows the name', async () => {
    const url = await serve(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    for (const nowhere of [url, 'http://provost.invalid']) {
      const said = await exchange(nowhere, { method: 'POST', path: '/x', body: {} }).catch(
        (error: CliError) => `${error.exitCode}: ${error.message}`,
      );
      expect(said).toContain(`4: No answer from ${nowhere}`);
      expect(said).not.toContain('not known');
    }
  });

  it('says when it is not known whether a change was made', async () => {
    const url = await serve((request) => request.socket.destroy());
    const sent = exchange(url, { method: 'DELETE', path: '/x' });
    await expect(sent).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining('not known') });
    await expect(get(url)).rejects.toMatchObject({ message: expect.not.stringContaining('not known') });
  });
});
