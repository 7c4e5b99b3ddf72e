// What an operator's roles allow.

/** The roles an operator can have. */
export const ROLES = ['administrator', 'operator', 'auditor'] as const;

export type Role = (typeof ROLES)[number];

const GRANTS: Readonly<Record<Role, readonly string[]>> = {
  administrator: ['*'],
  operator: ['*.read', 'queue.operate', 'schedules.operate', 'identities.write', 'roles.write'],
  auditor: ['*.read'],
};

/** The permissions that `roles` grant together; `*` stands for anything. An unknown role grants nothing. */
export function grantsOf(roles: readonly string[]): string[] {
  return [...new Set(ROLES.filter((role) => roles.includes(role)).flatMap((role) => GRANTS[role]))];
}
