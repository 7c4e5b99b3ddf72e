// How a route says who may call it. `src/auth` refuses to start when a route says nothing.
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';

/** `<objects>.<verb>`, such as `identities.read`. */
export type Permission = `${string}.${'read' | 'write' | 'operate'}`;

export const PERMISSION_METADATA = 'provost:permission';
export const PUBLIC_METADATA = 'provost:public';

/** The route needs a caller whose roles grant `permission`. */
export function RequirePermission(permission: Permission): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(PERMISSION_METADATA, permission),
    ApiBearerAuth('access-token'),
    ApiExtension('x-permission', permission),
  );
}

/** The route needs no caller; `reason` is the sentence a security reviewer reads. */
export function Public(reason: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(PUBLIC_METADATA, reason),
    ApiSecurity({}),
    ApiExtension('x-public', reason),
  );
}

/** Whether a set of grants such as `['*']`, `['*.read', 'queue.operate']` includes `permission`. */
export function allowsPermission(grants: readonly string[], permission: Permission): boolean {
  const [objects, verb] = permission.split('.');
  return grants.some(
    (grant) => grant === '*' || grant === permission || grant === `*.${verb}` || grant === `${objects}.*`,
  );
}
