// A system's secrets between the API and the table: encrypted for their place, shown by name only.
import { DataKeyError, type SecretBox, SealedColumns } from '../platform/secrets/index.js';
import { secretsPlace } from './system.entity.js';

SealedColumns.add({
  table: 'provisioning_systems',
  key: 'id',
  column: 'sealed_secrets',
  place: secretsPlace,
});

export type PlainSecrets = Readonly<Record<string, string>>;

export function sealSecrets(box: SecretBox, systemId: string, secrets: PlainSecrets): Buffer {
  return box.seal(JSON.stringify(secrets), secretsPlace(systemId));
}

/** None when they do not open with this installation's key: then they must be entered again. */
export function openSecrets(
  box: SecretBox,
  system: { readonly id: string; readonly sealedSecrets: Buffer },
): PlainSecrets {
  try {
    return JSON.parse(box.open(system.sealedSecrets, secretsPlace(system.id))) as PlainSecrets;
  } catch (error) {
    if (error instanceof DataKeyError) return {};
    throw error;
  }
}

const MASK = '[secret]';

/** For audit records: which secrets, not what they are. */
export function maskedSecrets(secrets: PlainSecrets): Record<string, string> {
  return Object.fromEntries(Object.keys(secrets).map((name) => [name, MASK]));
}

/** Shorter ones are no secrets, and would tear any text to pieces. */
const SHORTEST = 4;

/** A system's own words, should they repeat what it was told. */
export function withoutSecrets(text: string, secrets: PlainSecrets): string {
  return Object.values(secrets)
    .filter((secret) => secret.length >= SHORTEST)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}
