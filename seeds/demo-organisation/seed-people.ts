// Identities with their roles, then their photos: two changes a person, so that few operations follow.
import type { Database } from '../../src/platform/database/index.js';
import type { Actor } from '../../src/platform/http/index.js';
import type {
  FormValuesService,
  IdentitiesService,
  RoleAssignmentsService,
} from '../../src/registry/index.js';
import type { RoleIds } from './occupations.js';
import { demoPeople, type DemoPerson } from './people.js';
import { readPhoto } from './photos.js';
import { PHOTO } from './systems.js';
import type { DemoTally } from './tally.js';

export interface PeopleContext {
  readonly actor: Actor;
  readonly tally: DemoTally;
  readonly reader: Database;
  readonly identities: IdentitiesService;
  readonly roleAssignments: RoleAssignmentsService;
  readonly formValues: FormValuesService;
}

interface Present {
  readonly id: string;
  readonly roles: readonly string[];
  readonly hasPhoto: boolean;
}

const AT_ONCE = 8;

/** Adds who is missing, and what those who are there lack; what they have stays as it is. */
export async function seedPeople(context: PeopleContext, roleIds: RoleIds): Promise<void> {
  const { actor, tally, reader, formValues } = context;
  const present = await loadPresent(reader);
  await forEachAtOnce(demoPeople, AT_ONCE, async (person) => {
    const found = present.get(person.login);
    if (found) await addMissingRoles(context, person, found, roleIds);
    const { id, hasPhoto } = found ?? (await createPerson(context, person));
    tally.count('identities', found ? 'present' : 'created');
    if (!hasPhoto) await formValues.put(actor, id, PHOTO, once(await readPhoto(person.login)));
    tally.count('photos', hasPhoto ? 'present' : 'created');
  });
}

async function createPerson(
  { identities, actor, tally }: PeopleContext,
  person: DemoPerson,
): Promise<Present> {
  // With the roles at once: given one by one, each would be a change that is provisioned by itself.
  const { id } = await identities.create(actor, { ...person, roles: [...person.roles] });
  tally.count('assignments', 'created', person.roles.length);
  return { id, roles: person.roles, hasPhoto: false };
}

async function addMissingRoles(
  { roleAssignments, actor, tally }: PeopleContext,
  { roles }: DemoPerson,
  found: Present,
  roleIds: RoleIds,
): Promise<void> {
  for (const role of roles) {
    const hasRole = found.roles.includes(role);
    if (!hasRole) await roleAssignments.assign(actor, found.id, roleIds[role]);
    tally.count('assignments', hasRole ? 'present' : 'created');
  }
}

/** By login. */
async function loadPresent(reader: Database): Promise<ReadonlyMap<string, Present>> {
  const rows = await reader.query<Present & { login: string }>(
    `select identity.login_folded as login, identity.id,
       array(select role.code from registry_role_assignments assignment
             join registry_roles role on role.id = assignment.role_id
             where assignment.identity_id = identity.id) as roles,
       exists(select from registry_form_values value
              join registry_form_attributes attribute on attribute.id = value.attribute_id
              where value.entity_id = identity.id and attribute.code = $2) as "hasPhoto"
     from registry_identities identity
     where identity.login_folded = any ($1)`,
    [demoPeople.map(({ login }) => login), PHOTO],
  );
  return new Map(rows.map(({ login, ...rest }) => [login, rest]));
}

/** After a failure nothing more is begun; rejects when all that was begun has ended. */
async function forEachAtOnce<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  // Several loops over one generator share its items; a loop that throws closes it for all.
  const rest = (function* () {
    yield* items;
  })();
  const loops = Array.from({ length: limit }, async () => {
    for (const item of rest) await work(item);
  });
  const outcomes = await Promise.allSettled(loops);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
