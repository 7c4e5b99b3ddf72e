// Every permission that a route asks for: what a service can be given.
import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { routeHandlers } from './route-guarding.js';
import { policyOf } from './route-policy.js';

@Injectable()
export class KnownPermissions {
  #known: ReadonlySet<string> | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  has(permission: string): boolean {
    // At the first question: every module is there by then.
    this.#known ??= new Set(
      routeHandlers(this.discovery).flatMap(({ handler, controller }) => {
        const policy = policyOf(handler, controller);
        return policy.kind === 'permission' ? [policy.permission] : [];
      }),
    );
    return this.#known.has(permission);
  }
}
