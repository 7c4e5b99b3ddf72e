import { problemTable } from '../platform/http/index.js';

export const provisioningProblem = problemTable('provisioning', {
  systemNotFound: { status: 404, title: 'No such system' },
  mappingNotFound: { status: 404, title: 'No such mapping' },
  accountNotFound: { status: 404, title: 'No such account' },
  systemNameTaken: { status: 409, title: 'The name is taken' },
  systemInUse: { status: 409, title: 'The system is in use' },
  mappingExists: { status: 409, title: 'The system has a mapping for this already' },
  mappingInUse: { status: 409, title: 'The mapping is in use' },
  valuesChanged: { status: 409, title: 'The values changed meanwhile' },
  unknownConnector: { status: 422, title: 'No connector of this kind' },
  settingsInvalid: { status: 422, title: 'The connector cannot use these settings' },
  mappingInvalid: { status: 422, title: 'The mapping cannot work' },
  unknownIdentity: { status: 422, title: 'No identity has this id' },
  objectClassRefused: { status: 422, title: 'The system does not tell about this object class' },
  systemAway: { status: 502, title: 'The system does not answer' },
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
