// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a POST that is repeated is carried out once.
import { type CallHandler, type ExecutionContext, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, of } from 'rxjs';
import { withCommitWitness } from '../../database/index.js';
import { NEVER_STORED_METADATA } from '../never-stored.js';
import { requestIdOf } from '../request-id.js';
import type { Attempt, IdempotencyKeys } from './idempotency-keys.js';
import { keyedRequestOf } from './keyed-request.js';
import { answerToKeep } from './stored-answer.js';

interface AttemptUnderWay extends Attempt {
  isCommitted: boolean;
}

export class IdempotencyInterceptor implements NestInterceptor {
  readonly #log = new Logger('idempotency');
  /** What is being carried out under a key. */
  readonly #attempts = new WeakMap<FastifyRequest, AttemptUnderWay>();

  constructor(private readonly keys: IdempotencyKeys) {}

  /** Behind the guards: the caller is known and may do this. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const isStored =
      request.method === 'POST' && !Reflect.hasMetadata(NEVER_STORED_METADATA, context.getHandler());
    const keyed = isStored ? keyedRequestOf(request) : undefined;
    if (keyed === undefined) return next.handle();
    const taken = await this.keys.take(keyed);
    if ('status' in taken) {
      const { status, headers, body } = taken;
      const reply = context.switchToHttp().getResponse<FastifyReply>();
      void reply.status(status).headers({ ...headers, 'idempotency-replayed': 'true' });
      return of(body === '' ? undefined : body);
    }
    return this.#carryOut(request, taken, next);
  }

  /** Called with every answer, before it is sent. */
  async answered(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> {
    const attempt = this.#attempts.get(request);
    if (attempt === undefined) return;
    this.#attempts.delete(request);
    const answer = answerToKeep(reply, payload, attempt.isCommitted);
    try {
      await (answer === undefined ? this.keys.free(attempt) : this.keys.keep(attempt, answer));
    } catch (error) {
      // What was done is done, and the caller is told; a repeat is told that its answer was lost.
      this.#log.warn({ request_id: requestIdOf(request), err: error }, 'an answer could not be kept');
    }
  }

  /** The first transaction of the request takes the key with it; later ones and what outlives the answer do not. */
  #carryOut(request: FastifyRequest, attempt: Attempt, next: CallHandler): Observable<unknown> {
    const underWay: AttemptUnderWay = { ...attempt, isCommitted: false };
    this.#attempts.set(request, underWay);
    const isOpen = (): boolean => !underWay.isCommitted && this.#attempts.get(request) === underWay;
    return withCommitWitness(
      {
        beforeCommit: async (transaction) => {
          if (isOpen()) await this.keys.commit(transaction, attempt);
        },
        afterCommit: () => {
          underWay.isCommitted = true;
        },
      },
      () => next.handle(),
    );
  }
}
