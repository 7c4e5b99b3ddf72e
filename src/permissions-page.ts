// docs/permissions.md: every route and every role. Written from the routes; a test holds it against the running service.
import type { OpenAPIObject } from '@nestjs/swagger';
import { grantsOf, ROLE_SENTENCES, ROLES } from './auth/index.js';
import { table } from './generated-pages.js';
import { allowsPermission, type Permission } from './platform/http/index.js';

interface Route {
  readonly name: string;
  /** Undefined where the route asks for none. */
  readonly permission: Permission | undefined;
  readonly isPublic: boolean;
}

/** The page, formatted as the formatter leaves it. */
export function permissionsPage(document: OpenAPIObject): string {
  const routes = routesOf(document);
  const guarded = routes.filter(({ permission }) => permission !== undefined);
  const signedIn = routes.filter(({ permission, isPublic }) => permission === undefined && !isPublic);
  const open = routes.filter(({ isPublic }) => isPublic);
  return `${[
    '# Permissions',
    '<!-- Written by npm run docs:generate from the routes in src/; do not edit. -->',
    'Each route says which permission it needs (`x-permission` in the API document). Operators have permissions by their ' +
      'roles; a service has those it was given, one by one. Whoever makes or changes an operator or a service needs ' +
      'every permission that one has, before and after.',
    '## Roles',
    table(
      ['Role', 'May', 'Grants'],
      ROLES.map((role) => [code(role), ROLE_SENTENCES[role], grantsOf([role]).map(code).join(' ')]),
    ),
    '## Routes by permission',
    table(
      ['Route', 'Permission', ...ROLES],
      guarded.map(({ name, permission }) => [
        code(name),
        code(permission ?? ''),
        ...ROLES.map((role) => (isGranted(role, permission) ? 'yes' : '-')),
      ]),
    ),
    '## Routes for whoever is logged in',
    'They are about the caller alone: the own session, the own password.',
    table(
      ['Route'],
      signedIn.map(({ name }) => [code(name)]),
    ),
    '## Routes for everybody',
    table(
      ['Route'],
      open.map(({ name }) => [code(name)]),
    ),
  ].join('\n\n')}\n`;
}

/** By path, then by method. */
function routesOf(document: OpenAPIObject): Route[] {
  return Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Record<string, unknown>>).map(([method, operation]): Route => {
        const permission = operation['x-permission'] as Permission | undefined;
        return {
          name: `${method.toUpperCase()} ${path}`,
          permission,
          isPublic: operation['x-public'] !== undefined,
        };
      }),
    )
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function keyOf({ name }: Route): string {
  return name.split(' ').toReversed().join(' ');
}

function isGranted(role: string, permission: Permission | undefined): boolean {
  return permission !== undefined && allowsPermission(grantsOf([role]), permission);
}

function code(text: string): string {
  return `\`${text}\``;
}
