// What a request may be before anything looks at what it says.
import type { FastifyRequest } from 'fastify';
import { problem } from './problem.js';
import type { RouteMethods } from './route-methods.js';

const MAX_URL_CHARACTERS = 8_192;
const MAX_HEADERS = 100;

/** @throws Problem */
export function checkRequest(request: FastifyRequest, routes: RouteMethods): void {
  const { raw, headers } = request;
  if (raw.rawHeaders.length > 2 * MAX_HEADERS) {
    throw problem.headersTooLarge(`A request may have ${MAX_HEADERS} headers. Send fewer.`);
  }
  if (request.url.length > MAX_URL_CHARACTERS) {
    throw problem.uriTooLong(`A URL may have ${MAX_URL_CHARACTERS} characters. Send a shorter one.`);
  }
  // RFC 9112 §3.2
  const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length !== 1 && raw.httpVersion !== '1.0') {
    throw problem.requestFailed('A request has exactly one Host header. Send it.');
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw problem.unsupportedMediaType(
      'A compressed body is not accepted. Send it without Content-Encoding.',
      { headers: { 'accept-encoding': 'identity' } },
    );
  }
  if (request.is404) refuseMethod(request, routes);
}

function refuseMethod({ url, method }: FastifyRequest, routes: RouteMethods): void {
  const allowed = routes.of(url.split('?')[0] ?? '').join(', ');
  if (allowed === '') return;
  throw problem.methodNotAllowed(`There is no ${method} here, only ${allowed}. See /docs for every route.`, {
    headers: { allow: allowed },
  });
}
