export { DataKeyError } from './data-key-error.js';
export { existingKeys, installationKeys, type InstallationKeys } from './installation-keys.js';
export { checkKeys } from './key-checks.js';
export { KeyCommands } from './key-commands.js';
export { KeyRing } from './key-ring.js';
export { type SealedColumn, SealedColumns } from './sealed-columns.js';
export { SecretBox } from './secret-box.js';
export { secretsSettings, type SecretsSettings } from './secrets.config.js';
export { SecretsModule } from './secrets.module.js';
