import { problemTable } from '../platform/http/index.js';

export const provisioningProblem = problemTable('provisioning', {
  systemNotFound: { status: 404, title: 'No such system', remedy: '`GET /api/v1/systems` lists them.' },
  mappingNotFound: {
    status: 404,
    title: 'No such mapping',
    remedy: '`GET /api/v1/systems/{id}/mappings` lists those of a system.',
  },
  accountNotFound: { status: 404, title: 'No such account', remedy: '`GET /api/v1/accounts` lists them.' },
  systemNameTaken: {
    status: 409,
    title: 'The name is taken',
    remedy: 'Choose another name; case does not count.',
  },
  systemInUse: {
    status: 409,
    title: 'The system is in use',
    remedy: 'Take its mappings from the roles, let the accounts go, delete the mappings, try again.',
  },
  mappingExists: {
    status: 409,
    title: 'The system has a mapping for this already',
    remedy: 'Replace the one there is.',
  },
  mappingInUse: {
    status: 409,
    title: 'The mapping is in use',
    remedy: 'Take it from the roles and let its accounts go first.',
  },
  valuesChanged: { status: 409, title: 'The values changed meanwhile', remedy: 'Ask for the preview again.' },
  unknownConnector: {
    status: 422,
    title: 'No connector of this kind',
    remedy: '`GET /api/v1/connectors` lists what is installed.',
  },
  secretsNeeded: {
    status: 422,
    title: 'The secrets are needed again',
    remedy:
      'Give every secret that `errors` names together with the new address: stored ones are never sent to another host.',
  },
  settingsInvalid: {
    status: 422,
    title: 'The connector cannot use these settings',
    remedy: 'Correct each place in `errors`; `GET /api/v1/connectors` has the schema.',
  },
  mappingInvalid: {
    status: 422,
    title: 'The mapping cannot work',
    remedy: 'Correct each expression in `errors`; docs/expressions.md has the functions.',
  },
  unknownIdentity: {
    status: 422,
    title: 'No identity has this id',
    remedy: 'Give the id of an identity there is.',
  },
  objectClassRefused: {
    status: 422,
    title: 'The system does not tell about this object class',
    remedy:
      "Use a class the directory's schema has, or the table of the settings; give the system's user the right to read the schema.",
  },
  systemAway: {
    status: 502,
    title: 'The system does not answer',
    remedy: 'Start it or correct its address; `POST /api/v1/systems/{id}/test` tries it.',
  },
});

export const noSystem = (id: string): Error =>
  provisioningProblem.systemNotFound(`No system has the id ${id}. GET /api/v1/systems lists them.`);

export const noMapping = (id: string): Error =>
  provisioningProblem.mappingNotFound(
    `No mapping has the id ${id}. GET /api/v1/systems/{id}/mappings lists those of a system.`,
  );

/** The table whose rows refer to the one that was to go (SQLSTATE 23503). */
export function referringTable(error: unknown): string | undefined {
  const cause = (error as { driverError?: unknown } | null)?.driverError ?? error;
  const { code, table } = (cause ?? {}) as { code?: string; table?: string };
  return code === '23503' ? (table ?? 'another table') : undefined;
}
