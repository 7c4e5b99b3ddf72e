import { Secret } from '../../../platform/logging/index.js';
import type { ConnectorDefinition } from '../../../provisioning/index.js';
import { ldapConfig, ldapEndpoint } from './ldap.config.js';
import { LdapConnector } from './ldap.connector.js';

export const ldapConnector: ConnectorDefinition<typeof ldapConfig> = {
  kind: 'ldap',
  title: 'LDAP directory',
  config: ldapConfig,
  secrets: { password: 'Password of the bind DN.' },
  booleans: ['FALSE', 'TRUE'],
  endpoint: ldapEndpoint,
  open: (config, secrets, context) =>
    new LdapConnector(config, secrets['password'] ?? new Secret(''), context),
};
