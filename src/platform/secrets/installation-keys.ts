// Where the keys of this installation come from: the environment, or the file in PROVOST_DATA.
import { KeyEncryptionKey } from './key-encryption-key.js';
import { KeyFile } from './key-file.js';
import { KeyRing, type Keys } from './key-ring.js';
import type { SecretsSettings } from './secrets.config.js';

export interface InstallationKeys {
  readonly ring: KeyRing;
  /** Null when the current key is configured. */
  readonly file: KeyFile | null;
}

/**
 * The configured keys, or those in `dataDirectory`, where one is made at the first start.
 * @throws DataKeyError when the kept keys are damaged
 */
export function installationKeys(settings: SecretsSettings, dataDirectory: string): InstallationKeys {
  return keysOf(settings, () => KeyFile.make(dataDirectory));
}

/**
 * The same for what works beside a service that has its keys: none are made.
 * @throws DataKeyError when there are none, or the kept keys are damaged
 */
export function existingKeys(settings: SecretsSettings, dataDirectory: string): InstallationKeys {
  return keysOf(settings, () => KeyFile.open(dataDirectory));
}

function keysOf(settings: SecretsSettings, openFile: () => KeyFile): InstallationKeys {
  const previous = settings.previousKeys.map((key) => Buffer.from(key, 'base64'));
  if (settings.key !== undefined) {
    return { ring: KeyRing.of(Buffer.from(settings.key, 'base64'), ...previous), file: null };
  }
  const file = openFile();
  const toKeys = ([current, ...others]: [Buffer, ...Buffer[]]): Keys => [
    new KeyEncryptionKey(current),
    ...[...others, ...previous].map((key) => new KeyEncryptionKey(key)),
  ];
  const newer = (): Keys | undefined => {
    const changed = file.readIfChanged();
    return changed && toKeys(changed);
  };
  return { ring: new KeyRing(toKeys(file.read()), newer), file };
}
