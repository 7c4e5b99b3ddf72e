// npm run seed -- demo: plants the demo organisation, or adds what is missing of it. docs/demo-organisation.md tells more.
import type { Database } from '../src/platform/database/index.js';
import type { Actor } from '../src/platform/http/index.js';
import type { MappingsService, RoleMappingsService, SystemsService } from '../src/provisioning/index.js';
import type {
  FormAttributesService,
  FormValuesService,
  IdentitiesService,
  RoleAssignmentsService,
  RolesService,
} from '../src/registry/index.js';
import { demoRoles, type RoleCode, type RoleIds } from './demo-organisation/occupations.js';
import { seedPeople } from './demo-organisation/seed-people.js';
import { type DemoDirectoryLogin, seedSystems } from './demo-organisation/seed-systems.js';
import { PHOTO } from './demo-organisation/systems.js';
import { type DemoCounts, DemoTally } from './demo-organisation/tally.js';

export { expectedAccounts } from './demo-organisation/systems.js';

export interface DemoContext {
  /** Provost's own database, to see what is there already. */
  readonly reader: Database;
  readonly identities: IdentitiesService;
  readonly roles: RolesService;
  readonly roleAssignments: RoleAssignmentsService;
  readonly formAttributes: FormAttributesService;
  readonly formValues: FormValuesService;
  readonly systems: SystemsService;
  readonly mappings: MappingsService;
  readonly roleMappings: RoleMappingsService;
  readonly directory: DemoDirectoryLogin;
  /** On this server the demo database is made, by a role that may create databases and roles. */
  readonly database: { readonly url: string };
}

export interface DemoReport {
  readonly created: DemoCounts;
  readonly present: DemoCounts;
}

const ACTOR: Actor = { name: 'system', requestId: null };
const PHOTO_MAX_BYTES = 1_048_576;

/** A second run changes nothing; a run that broke off is completed by the next. */
export async function seedDemo(context: DemoContext): Promise<DemoReport> {
  const run = { ...context, actor: ACTOR, tally: new DemoTally() };
  await ensurePhotoAttribute(context.formAttributes);
  const roleIds = await seedRoles(run);
  // Before the people: who has a mapped role is provisioned as soon as they are there.
  await seedSystems(run, roleIds);
  await seedPeople(run, roleIds);
  const { created, present } = run.tally;
  return { created, present };
}

async function ensurePhotoAttribute(attributes: FormAttributesService): Promise<void> {
  const present = await attributes.list(10_000);
  if (present.some(({ entityType, code }) => entityType === 'identity' && code === PHOTO)) return;
  await attributes.create(ACTOR, {
    entityType: 'identity',
    code: PHOTO,
    name: 'Photo',
    type: 'attachment',
    mediaTypes: ['image/jpeg', 'image/png', 'image/webp'],
    maxBytes: PHOTO_MAX_BYTES,
  });
}

async function seedRoles({
  reader,
  roles,
  tally,
}: DemoContext & { readonly tally: DemoTally }): Promise<RoleIds> {
  const present = await reader.query<{ id: string; code: string }>(
    'select id, code from registry_roles where code = any ($1)',
    [demoRoles.map(({ code }) => code)],
  );
  const ids: [RoleCode, string][] = [];
  for (const role of demoRoles) {
    const found = present.find(({ code }) => code === role.code);
    ids.push([role.code, (found ?? (await roles.create(ACTOR, role))).id]);
    tally.count('roles', found ? 'present' : 'created');
  }
  return Object.fromEntries(ids) as RoleIds;
}
