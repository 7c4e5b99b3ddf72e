// Which methods a path has: a wrong method is told apart from a wrong path (RFC 9110 §15.5.6).
import type { FastifyInstance } from 'fastify';

export class RouteMethods {
  readonly #routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** Notes every route that is registered from now on. */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      const route = this.#routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
      this.#routes.set(url, route);
      for (const name of [method].flat()) route.methods.add(name);
    });
  }

  /** In the order of the alphabet; empty when there is no such path. */
  of(path: string): string[] {
    const found = [...this.#routes.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].toSorted();
  }
}

/** A parameter stands for one segment, `*` for whatever follows. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}
