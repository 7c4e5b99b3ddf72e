import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CommitLostError } from '../database/index.js';
import { isProblem, problem, type Problem } from './problem.js';
import { requestIdOf } from './request-id.js';

/** Answers every error of every route as application/problem+json, and hides what only the log may know. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const requestId = requestIdOf(http.getRequest<FastifyRequest>());
    const answer = toProblem(error);
    if (answer.status >= 500) this.#log.error({ request_id: requestId, err: error }, answer.title);
    sendProblem(reply, answer, requestId);
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export function sendProblem(reply: FastifyReply, answer: Problem, requestId: string): void {
  void reply
    .status(answer.status)
    .headers(answer.headers ?? {})
    .header('content-type', PROBLEM_TYPE)
    .send(problemText(answer, requestId));
}

/** The body of an answer that is a problem. */
export function problemText(answer: Problem, requestId: string): string {
  return JSON.stringify({
    type: answer.type,
    title: answer.title,
    status: answer.status,
    detail: answer.message,
    instance: requestId,
    errors: answer.errors,
  });
}

/** What any thrown thing becomes for the caller. */
export function toProblem(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (error instanceof CommitLostError) {
    // No Retry-After: a client that obeys it might do the same thing twice.
    return problem.unavailable(
      'The database went away while it committed. It is not known whether the change was made: look, or repeat the request with its Idempotency-Key.',
      { cause: error },
    );
  }
  const reason = unavailability(error);
  if (reason !== undefined) {
    return problem.unavailable(`${reason} Nothing was changed; try again in a few seconds.`, {
      headers: { 'retry-after': '5' },
      cause: error,
    });
  }
  const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
  const message = error instanceof Error ? error.message : String(error);
  switch (status) {
    case 401:
      return problem.unauthenticated(
        'Send an access token as "Authorization: Bearer …"; POST /api/v1/auth/login gives one.',
        {
          headers: { 'www-authenticate': 'Bearer' },
        },
      );
    case 403:
      return problem.forbidden(message);
    case 404:
      return problem.notFound(`${message}. See /docs for every route.`);
    case 413:
      return problem.payloadTooLarge(
        'A JSON body may have at most 1 MiB, an attachment at most 10 MiB. Send less at a time.',
      );
    case 414:
      return problem.uriTooLong('A part of the URL is too long. Send a shorter one.');
    case 415:
      return problem.unsupportedMediaType(
        `${message}. Bodies are application/json; attachments are sent as their own type.`,
      );
    default:
      if (status !== undefined && status >= 400 && status < 500) return problem.requestFailed(message);
      return problem.internal(
        'The request could not be completed. Tell an operator the instance id; the log has the details.',
      );
  }
}

function fastifyStatus(error: unknown): number | undefined {
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
    ? statusCode
    : undefined;
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08001',
]);

/** SQLSTATEs of a statement that the database gave up: its own time, or that of a lock, was over. */
const TOO_LATE_CODES = new Set(['57014', '55P03']);

/** Why the database could not do what it was asked for, when trying again may help. */
function unavailability(error: unknown): string | undefined {
  const cause = (error as { driverError?: unknown } | null)?.driverError ?? error;
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && TOO_LATE_CODES.has(code)) {
    return 'The database is too busy, or somebody else keeps what this needs.';
  }
  const isAway =
    (typeof code === 'string' && CONNECTION_CODES.has(code)) ||
    (typeof message === 'string' &&
      /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout exceeded when)/.test(
        message,
      ));
  return isAway ? 'The database does not answer.' : undefined;
}
