import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { problem } from './problem.js';
import { requestIdOf } from './request-id.js';

/**
 * Who vouches for a login. `local`: Provost keeps the password · `dsa`: a service account of the directory ·
 * `identity`: a person of the directory whom the registry knows · `service`: a program with a key.
 */
export const REALMS = ['local', 'dsa', 'identity', 'service'] as const;

export type Realm = (typeof REALMS)[number];

/** Who is calling: set on the request by the guard of `src/auth`. */
export interface Principal {
  readonly realm: Realm;
  readonly id: string;
  readonly login: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  /** What the roles, or the permissions of a service, allow: see `allowsPermission`. */
  readonly grants: readonly string[];
  /** The identity of the registry who is calling; null for all but the realm `identity`. */
  readonly identityId: string | null;
  /** The session (refresh-token family) the access token belongs to. */
  readonly sessionId: string;
}

/** Who did it and in which request: for audit records and operations. */
export interface Actor {
  /** `<realm>:<login>`, or `system` for what Provost does by itself. */
  readonly name: string;
  readonly requestId: string | null;
}

/** The authenticated caller, or undefined on a public route. */
export function principalOf(request: FastifyRequest): Principal | undefined {
  return (request as FastifyRequest & { user?: Principal }).user;
}

export function actorOf(request: FastifyRequest): Actor {
  const principal = principalOf(request);
  return {
    name: principal ? `${principal.realm}:${principal.login}` : 'anonymous',
    requestId: requestIdOf(request),
  };
}

/** Injects the caller as an `Actor`, or as the whole `Principal` with `@CurrentPrincipal('principal')`. */
export const CurrentPrincipal = createParamDecorator(
  (as: 'principal' | undefined, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (as !== 'principal') return actorOf(request);
    const principal = principalOf(request);
    if (!principal) throw problem.unauthenticated('This route needs a caller. Log in first.');
    return principal;
  },
);
