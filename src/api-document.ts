// The OpenAPI document and its page. Everything it says comes from the routes and their schemas.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { completeApiDocument } from './complete-api-document.js';
import { problemDocument } from './platform/http/index.js';

const DESCRIPTION = `Provost keeps accounts in step with people.

**To try everything here:** run \`POST /api/v1/auth/login\` with your login and password; this page then sends the access token by itself
(it lasts ten minutes; log in again when calls answer 401).

Errors are \`application/problem+json\` (RFC 9457) with what happened, where, and what to do. Lists are paged by cursor.
Changes accept \`If-Match\` with the ETag of what you read.`;

export function createApiDocument(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Provost')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('Proprietary', 'https://example.org/provost/license')
    .addServer('/', 'Where this document came from: a local, staging or production service.')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'The accessToken of POST /api/v1/auth/login: ten minutes at most, checked as RFC8725 asks.',
      },
      'access-token',
    )
    .addTag('accounts', 'The objects on systems that Provost answers for.')
    .addTag('audit', 'The record of who did what, and whether it is intact.')
    .addTag('auth', 'Who is calling: log in, refresh, log out.')
    .addTag('forms', 'Extended attributes such as photos.')
    .addTag('identities', 'People, and the roles they have.')
    .addTag('mappings', 'Which entities become which objects on a system.')
    .addTag('operation', 'Probes and figures.')
    .addTag('operators', 'Who may use this service, and with which roles.')
    .addTag('problems', 'What can go wrong, and what to do about it.')
    .addTag('queue', 'What waits, why, until when; retry and cancel.')
    .addTag('roles', 'Roles, and who has them.')
    .addTag('schedules', 'Recurring work.')
    .addTag('services', 'Programs that may use this service, with which permissions and keys.')
    .addTag('systems', 'Targets: directories and databases.')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...z.toJSONSchema(problemDocument).$defs },
  } as NonNullable<OpenAPIObject['components']>;
  for (const server of document.servers ?? []) Object.assign(server, { 'x-internal': false });
  completeApiDocument(document);
  return document;
}

const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Serves the document at /docs-json and its page at /docs. */
export function serveApiDocument(app: NestFastifyApplication, document: OpenAPIObject): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', async (request, reply) => {
      if (request.url === '/docs' || request.url.startsWith('/docs/'))
        void reply.header('content-security-policy', DOCS_POLICY);
    });
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Provost API',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      filter: true,
      tryItOutEnabled: true,
      tagsSorter: 'alpha',
      responseInterceptor: rememberLogin,
    },
  });
}

/** Runs in the browser: a successful login authorises the page. */
/* c8 ignore start */
function rememberLogin(response: { url: string; ok: boolean; obj?: { accessToken?: string } }): unknown {
  if (response.ok && response.url.endsWith('/api/v1/auth/login') && response.obj?.accessToken) {
    (
      globalThis as unknown as { ui: { preauthorizeApiKey(name: string, token: string): void } }
    ).ui.preauthorizeApiKey('access-token', response.obj.accessToken);
  }
  return response;
}
/* c8 ignore stop */
