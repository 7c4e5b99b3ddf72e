// The HTTP server: limits, request ids, security headers, problems for what never reaches a route.
import helmet from '@fastify/helmet';
import { Readable } from 'node:stream';
import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { problem, type ProblemField } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { makeRequestId } from './request-id.js';

/** The largest JSON body, in bytes. */
export const BODY_LIMIT = 1_048_576;

/** For `NestFactory.create`: `configureHttp` says what bodies are taken, Nest's own parsers would take forms too. */
export const httpOptions = { bodyParser: false } as const;

export function httpAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 512 },
    genReqId: makeRequestId,
    // Proxies may set X-Forwarded-*: nothing here believes them.
    trustProxy: false,
  });
}

/** Applies what every route shares; call before `listen`. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id).header('cache-control', 'no-store');
  });
  fastify.removeContentTypeParser('text/plain');
  // An empty body is no body: clients name the type even where there is nothing to send.
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parseJson(request as Parameters<typeof parseJson>[0], body.toString(), done);
  });
  // Attachments are streamed by their route; nothing else takes a body that is not JSON.
  fastify.addContentTypeParser(/^(image|application)\/(?!json)/, (_request, payload, done) =>
    done(null, payload),
  );
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new BodyValidationPipe({ exceptionFactory: toValidationProblem }));
}

/** Attachments arrive as streams; where JSON is asked for they are the wrong type, not a faulty object. */
class BodyValidationPipe extends StandardSchemaValidationPipe {
  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    if (metadata.type === 'body' && metadata.schema && value instanceof Readable) {
      throw problem.unsupportedMediaType('This route takes application/json. Send the body as JSON.');
    }
    return super.transform(value, metadata);
  }
}

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

function toValidationProblem(issues: readonly Issue[]): Error {
  const errors = issues.slice(0, 50).map((issue): ProblemField => ({
    pointer: (issue.path ?? [])
      .map((segment) => (typeof segment === 'object' ? segment.key : segment))
      .map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    detail: issue.message,
  }));
  return problem.invalidRequest(
    errors.length === 1
      ? `${errors[0]?.pointer || 'The request'}: ${errors[0]?.detail}.`
      : 'Several places are wrong; `errors` lists each.',
    { errors },
  );
}
