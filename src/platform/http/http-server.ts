// The HTTP server: limits, request ids, security headers, problems for what never reaches a route.
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BodyValidationPipe } from './body-validation.pipe.js';
import { type HttpSettings, httpSettings } from './http.config.js';
import { keepBodyDigest } from './idempotency/body-digest.js';
import { configureIdempotency } from './idempotency/configure-idempotency.js';
import { BODY_LIMIT, readJsonBody } from './json-body.js';
import { ProblemFilter, sendProblem, toProblem } from './problem.filter.js';
import { problem } from './problem.js';
import { answerClientError, answerExpectation } from './raw-answers.js';
import { checkRequest } from './request-checks.js';
import { makeRequestId } from './request-id.js';
import { RouteMethods } from './route-methods.js';
import { securityHeaders } from './security-headers.js';

const HEADER_LIMIT = 16_384;
const MAX_CONNECTIONS = 1_000;

/** For `NestFactory.create`: `configureHttp` says what bodies are taken, Nest's own parsers would take forms too. */
export const httpOptions = { bodyParser: false } as const;

export function httpAdapter({ trustedProxies, publicUrl }: HttpSettings): FastifyAdapter {
  const headers = securityHeaders(publicUrl);
  return new FastifyAdapter({
    http: {
      maxHeaderSize: HEADER_LIMIT,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
      // `checkRequest` looks for Host: Node's own answer would have none of the headers.
      requireHostHeader: false,
    },
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    genReqId: makeRequestId,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    clientErrorHandler: (error, socket) => answerClientError(error, socket, headers),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers(headers).header('x-request-id', request.id);
      sendProblem(reply, toProblem(error), request.id);
    },
  });
}

/** Applies what every route shares; call before `listen`. */
export function configureHttp(app: NestFastifyApplication): void {
  const settings = app.get<HttpSettings>(httpSettings.token);
  const headers = securityHeaders(settings.publicUrl);
  const fastify = app.getHttpAdapter().getInstance();
  const routes = new RouteMethods(fastify);
  let isClosing = false;
  fastify.addHook('preClose', async () => {
    isClosing = true;
    // Not awaited: who has stopped reading must not keep what is done after the last answer from being done.
    setTimeout(() => fastify.server.closeAllConnections(), settings.drainSeconds * 1_000).unref();
  });
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers).header('x-request-id', request.id);
    if (isClosing) throw problem.unavailable('This process is stopping. Ask again in a few seconds.');
    checkRequest(request, routes);
  });
  fastify.server.maxConnections = MAX_CONNECTIONS;
  fastify.server.on('checkExpectation', (request, response) => answerExpectation(request, response, headers));
  takeBodies(app);
  configureIdempotency(app, settings.idempotencyHours);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new BodyValidationPipe());
}

function takeBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT }, (request, body, done) => {
    try {
      keepBodyDigest(request as FastifyRequest, body);
      done(null, readJsonBody(body));
    } catch (error) {
      done(error as Error);
    }
  });
  // Attachments are streamed by their route; nothing else takes a body that is not JSON.
  fastify.addContentTypeParser(/^(image|application)\/(?!json)/, (_request, payload, done) =>
    done(null, payload),
  );
}
