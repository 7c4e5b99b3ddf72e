// Who may call a route, as its decorators say. Read in one place, by the guard and by the check at start.
import type { Type } from '@nestjs/common';
import { type Permission, PERMISSION_METADATA, PUBLIC_METADATA } from '../platform/http/index.js';
import { SIGNED_IN_METADATA } from './signed-in.js';

export type RoutePolicy =
  | { readonly kind: 'permission'; readonly permission: Permission }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'public' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'contradictory' };

// oxlint-disable-next-line typescript/no-unsafe-function-type -- Nest's own type of a handler
type Handler = Function;

/** What the method says counts; only when it says nothing, what its controller says. */
export function policyOf(handler: Handler, controller: Type): RoutePolicy {
  const own = policyAt(handler);
  return own.kind === 'missing' ? policyAt(controller) : own;
}

function policyAt(target: Handler): RoutePolicy {
  const policies: RoutePolicy[] = [];
  const permission = Reflect.getMetadata(PERMISSION_METADATA, target) as Permission | undefined;
  if (permission !== undefined) policies.push({ kind: 'permission', permission });
  if (Reflect.hasMetadata(SIGNED_IN_METADATA, target)) policies.push({ kind: 'signed-in' });
  if (Reflect.hasMetadata(PUBLIC_METADATA, target)) policies.push({ kind: 'public' });
  return policies.length > 1 ? { kind: 'contradictory' } : (policies[0] ?? { kind: 'missing' });
}
