export { databaseSettings, type DatabaseSettings } from './database.config.js';
export { Database, isUniqueViolation } from './database.js';
export { DatabaseModule } from './database.module.js';
export { migrate, schemaState, SchemaError, type MigrationClass } from './migrate.js';
export { Partitions } from './partitions.js';
export { SnakeNaming } from './snake-naming.js';
export { loadStatement, type Statement } from './statement.js';
export { Transaction } from './transaction.js';
