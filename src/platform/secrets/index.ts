export { secretsSettings, type SecretsSettings } from './secrets.config.js';
export { DataKeyError, SecretBox } from './secret-box.js';
