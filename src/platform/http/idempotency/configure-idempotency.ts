import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database } from '../../database/index.js';
import { SecretBox } from '../../secrets/index.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

const PURGE_EVERY_MS = 60_000;

/** Makes every POST of `app` take an Idempotency-Key. */
export function configureIdempotency(app: NestFastifyApplication, hours: number): void {
  const keys = new IdempotencyKeys(app.get(Database), app.get(SecretBox), hours);
  const interceptor = new IdempotencyInterceptor(keys);
  app.useGlobalInterceptors(interceptor);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', async (request, reply, payload) => {
    await interceptor.answered(request, reply, payload);
    return payload;
  });
  const purging = setInterval(() => {
    keys.purge().catch((error: unknown) => {
      new Logger('idempotency').warn({ err: error }, 'expired keys could not be deleted');
    });
  }, PURGE_EVERY_MS);
  purging.unref();
  fastify.addHook('preClose', async () => clearInterval(purging));
}
