export { findPostgres } from './find-postgres.js';
export { removePostgres } from './remove-postgres.js';
export { startPostgres } from './start-postgres.js';
export type { EmbeddedPostgres, StartPostgresOptions } from './start-postgres.js';
