// Looks at the systems themselves, after everything was provisioned: what is really there?
import { createHash } from 'node:crypto';
import { Database } from '../platform/database/index.js';
import {
  type AttributeValue,
  type ConnectorObject,
  SystemConnectors,
  type SystemConfiguration,
} from '../provisioning/index.js';
import type { RunningService } from '../start-service.js';

export interface SystemReadBack {
  readonly name: string;
  /** Objects found on the system. */
  readonly objects: number;
  /** Objects whose photo has the very bytes of its source. */
  readonly photosEqual: number;
  /** Objects whose photo is missing or differs although the identity has one. */
  readonly photosDifferent: readonly string[];
  readonly example: ConnectorObject | null;
}

interface SystemRow extends SystemConfiguration {
  readonly object_class: string;
  readonly attributes: readonly string[];
}

const PHOTO = /photo/i;
const TIMEOUT_MS = 60_000;

/** Reads every object of every mapped system. @param example the login whose object is shown */
export async function readBack({ app }: RunningService, example: string): Promise<SystemReadBack[]> {
  const database = app.get(Database);
  const systems = await database.query<SystemRow>(
    `select s.id, s.name, s.connector, s.config, s.sealed_secrets as "sealedSecrets", s.version, m.object_class,
            array(select x.attribute from provisioning_attribute_mappings x where x.mapping_id = m.id order by x.ordinal) as attributes
     from provisioning_systems s join provisioning_mappings m on m.system_id = s.id order by s.name`,
  );
  return Promise.all(
    systems.map((system) => readSystem(app.get(SystemConnectors), database, system, example)),
  );
}

async function readSystem(
  connectors: SystemConnectors,
  database: Database,
  system: SystemRow,
  example: string,
): Promise<SystemReadBack> {
  const sources = await database.query<{ identifier: string; login: string; sha256: string | null }>(
    `select a.identifier, i.login, encode(v.sha256, 'hex') as sha256
     from provisioning_accounts a
     join registry_identities i on i.id = a.entity_id
     left join registry_form_values v on v.entity_id = i.id
     where a.system_id = $1 and a.state = 'wanted' and a.identifier is not null`,
    [system.id],
  );
  const connector = await connectors.open(system);
  try {
    const found: ConnectorObject[] = [];
    for await (const object of connector.search(
      system.object_class,
      system.attributes,
      AbortSignal.timeout(TIMEOUT_MS),
    ))
      found.push(object);
    const byIdentifier = new Map(found.map((object) => [object.identifier, object]));
    const different = sources.filter(({ identifier, sha256 }) => {
      const object = byIdentifier.get(identifier);
      return !object || (sha256 !== null && photoDigest(object) !== sha256);
    });
    const exampleIdentifier = sources.find(({ login }) => login === example)?.identifier;
    return {
      name: system.name,
      objects: found.length,
      photosEqual: sources.filter(({ sha256 }) => sha256 !== null).length - different.length,
      photosDifferent: different.map(({ login }) => login),
      example:
        (exampleIdentifier === undefined ? undefined : byIdentifier.get(exampleIdentifier)) ??
        found[0] ??
        null,
    };
  } finally {
    await connector.close();
  }
}

function photoDigest(object: ConnectorObject): string | null {
  const [, values] = Object.entries(object.attributes).find(([name]) => PHOTO.test(name)) ?? [];
  const [photo]: readonly (AttributeValue | undefined)[] = values ?? [];
  return photo === undefined ? null : createHash('sha256').update(photo).digest('hex');
}
