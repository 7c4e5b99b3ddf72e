export { startDemoDirectory } from './demo-directory.js';
export type { DemoDirectory, DemoDirectoryKind, DemoDirectoryOptions } from './demo-directory.js';
export { startLdapServer } from './ldap-server/ldap-server.js';
export type { LdapServer, LdapServerOptions } from './ldap-server/ldap-server.js';
export { findSlapd, usualPlaces } from './slapd-installation.js';
export type { SlapdInstallation, SlapdPlaces } from './slapd-installation.js';
