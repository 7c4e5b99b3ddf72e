// Deny by default, checked before the first request.
import type { INestApplicationContext, Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { policyOf } from './route-policy.js';

/** Routes exist that do not say, or say twice, who may call them. */
export class UnguardedRouteError extends Error {
  override readonly name = 'UnguardedRouteError';

  constructor(readonly routes: readonly string[]) {
    super(
      `${routes.length === 1 ? 'A route does' : `${routes.length} routes do`} not say who may call it:\n` +
        `${routes.map((route) => `  - ${route}`).join('\n')}\n` +
        "Put exactly one of @RequirePermission('<objects>.<verb>'), @SignedIn('<reason>') and @Public('<reason>') " +
        'on the method, or on its controller.',
    );
  }
}

interface RouteHandler {
  readonly name: string;
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- Nest's own type of a handler
  readonly handler: Function;
  readonly controller: Type;
}

/** Every method of a controller that answers a route. */
export function routeHandlers(discovery: DiscoveryService): RouteHandler[] {
  const scanner = new MetadataScanner();
  return discovery.getControllers().flatMap(({ metatype }) => {
    const controller = metatype as Type;
    const prototype = controller.prototype as Record<string, unknown>;
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      return typeof handler === 'function' && Reflect.hasMetadata(PATH_METADATA, handler)
        ? [{ name: `${controller.name}.${name}`, handler, controller }]
        : [];
    });
  });
}

/** @throws UnguardedRouteError naming every route of a controller without one clear policy. */
export function assertEveryRouteIsGuarded(app: INestApplicationContext): void {
  const faults = routeHandlers(app.get(DiscoveryService, { strict: false })).flatMap(
    ({ name, handler, controller }) => {
      const policy = policyOf(handler, controller);
      if (policy.kind === 'missing') return [name];
      if (policy.kind === 'contradictory') return [`${name} (it says so twice)`];
      return [];
    },
  );
  if (faults.length > 0) throw new UnguardedRouteError(faults);
}
