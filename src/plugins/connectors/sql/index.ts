import { Secret } from '../../../platform/logging/index.js';
import type { ConnectorDefinition } from '../../../provisioning/index.js';
import { sqlConfig, sqlEndpoint } from './sql.config.js';
import { SqlConnector } from './sql.connector.js';

export const sqlConnector: ConnectorDefinition<typeof sqlConfig> = {
  kind: 'sql',
  title: 'Table in a PostgreSQL database',
  config: sqlConfig,
  secrets: { password: 'Password of the database role.' },
  booleans: ['false', 'true'],
  endpoint: sqlEndpoint,
  open: (config, secrets, context) =>
    new SqlConnector(config, secrets['password'] ?? new Secret(''), context),
};
