export { maskText } from './domain/mask-text.js';
export { isSecretName } from './domain/mask-value.js';
export { JsonLogger, loggingSettings, type LoggingSettings } from './json-logger.js';
export { sayLastWords } from './last-words.js';
export { Secret } from './secret.js';
