// What an operator's roles allow.

/** The roles an operator can have. */
export const ROLES = [
  'administrator',
  'operator',
  'auditor',
  'connector-administrator',
  'task-runner',
  'approver',
] as const;

export type Role = (typeof ROLES)[number];

const GRANTS: Readonly<Record<Role, readonly string[]>> = {
  administrator: ['*'],
  // One by one: who works the queue need not read what others did, nor who may do what.
  operator: [
    'identities.read',
    'identities.write',
    'roles.read',
    'roles.write',
    'forms.read',
    'systems.read',
    'mappings.read',
    'accounts.read',
    'queue.read',
    'queue.operate',
    'schedules.read',
    'schedules.operate',
    'signing-keys.read',
    'doctor.read',
  ],
  auditor: ['*.read'],
  'connector-administrator': ['systems.*', 'mappings.*', 'accounts.*', 'queue.*', 'doctor.read'],
  'task-runner': ['schedules.read', 'schedules.operate', 'queue.read', 'tasks.*'],
  // Sees and does what is put before them, and nothing else.
  approver: [],
};

/** In one sentence each, for people who give them. */
export const ROLE_SENTENCES: Readonly<Record<Role, string>> = {
  administrator: 'everything',
  operator:
    'reads all but the audit record, operators and services; works the queue and schedules; changes identities and roles',
  auditor: 'reads everything',
  'connector-administrator': 'keeps systems, mappings and accounts, and works the queue',
  'task-runner': 'runs schedules and tasks, and reads the queue',
  approver: 'nothing but what is put before them to approve',
};

/** The permissions that `roles` grant together; `*` stands for anything. An unknown role grants nothing. */
export function grantsOf(roles: readonly string[]): string[] {
  return [...new Set(ROLES.filter((role) => roles.includes(role)).flatMap((role) => GRANTS[role]))];
}
