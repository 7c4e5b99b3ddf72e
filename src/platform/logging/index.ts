export { JsonLogger, loggingSettings, type LoggingSettings } from './json-logger.js';
export { Secret } from './secret.js';
