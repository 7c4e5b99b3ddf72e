// The kinds of systems that Provost can speak to: one line each.
import { ldapConnector } from './ldap/index.js';
import { sqlConnector } from './sql/index.js';

export const connectors = [ldapConnector, sqlConnector] as const;
