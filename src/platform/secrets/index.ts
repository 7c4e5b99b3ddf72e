export { dataKey } from './data-key.js';
export { secretsSettings, type SecretsSettings } from './secrets.config.js';
export { DataKeyError, SecretBox } from './secret-box.js';
export { SecretsModule } from './secrets.module.js';
