// Stands before every route: denies what is not expressly allowed.
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import {
  allowsPermission,
  type Permission,
  type Principal,
  principalOf,
  problem,
} from '../platform/http/index.js';
import { AccessTokenStrategy, readBearerToken } from './access-token-strategy.js';
import { policyOf } from './route-policy.js';

@Injectable()
export class PermissionGuard extends AuthGuard() {
  constructor(private readonly strategy: AccessTokenStrategy) {
    super({ defaultStrategy: strategy.name });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = policyOf(context.getHandler(), context.getClass());
    if (policy.kind === 'public') return true;
    if (policy.kind === 'missing' || policy.kind === 'contradictory') {
      throw problem.forbidden('This route does not say who may call it, so nobody may.');
    }
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
    const known = await this.strategy.knownCaller(request);
    if (known === undefined) await super.canActivate(context);
    else request.user = known;
    if (policy.kind === 'permission') {
      requirePermission(principalOf(request), policy.permission);
    }
    return true;
  }

  /** What passport found: the caller, an error of ours, or why the token was refused. */
  override handleRequest<User = Principal>(
    error: unknown,
    user: User | false,
    refusal: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error;
    if (user) return user;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    throw refusalOf(readBearerToken(request) !== null, refusal);
  }
}

function refusalOf(isTokenGiven: boolean, refusal: unknown): Error {
  if (!isTokenGiven) {
    return problem.unauthenticated(
      'Send an access token as "Authorization: Bearer …"; POST /api/v1/auth/login gives one.',
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }
  const isExpired = refusal instanceof Error && refusal.name === 'TokenExpiredError';
  return problem.unauthenticated(
    isExpired
      ? 'The access token has expired. Get a new one with POST /api/v1/auth/refresh.'
      : 'The access token is not valid. Log in with POST /api/v1/auth/login to get one that is.',
    // RFC 6750 §3.1
    { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
  );
}

function requirePermission(principal: Principal | undefined, permission: Permission): void {
  if (allowsPermission(principal?.grants ?? [], permission)) return;
  throw problem.forbidden(`This needs the permission ${permission}, which ${reasonOf(principal)}.`, {
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  });
}

function reasonOf(principal: Principal | undefined): string {
  return principal?.realm === 'service'
    ? 'this service does not have. Ask an administrator to give it'
    : `your roles (${principal?.roles.join(', ')}) do not grant. Ask an administrator for a role that does`;
}
