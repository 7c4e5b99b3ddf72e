import { describe, expect, it } from '@jest/globals';
import { slapdConfig } from './slapd-config.js';

const options = {
  installation: {
    command: '/usr/sbin/slapd',
    schemas: ['/etc/ldap/schema/core.schema'],
    modules: '/usr/lib/ldap',
  },
  baseDn: 'dc=example,dc=org',
  adminDn: 'cn=admin,dc=example,dc=org',
  passwordHash: '{SSHA}abc=',
  database: '/data/slapd/database',
  durable: true,
};

describe('slapdConfig', () => {
  it('loads the schemas and the back end, and lets only people who have logged in read', () => {
    const lines = slapdConfig(options).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'include "/etc/ldap/schema/core.schema"',
        'modulepath "/usr/lib/ldap"',
        'moduleload back_mdb',
        'rootpw "{SSHA}abc="',
        'access to * by users read by * none',
      ]),
    );
  });

  it('loads no module where the back end is built in', () => {
    const { command, schemas } = options.installation;
    expect(slapdConfig({ ...options, installation: { command, schemas } })).not.toContain('module');
  });

  it('flushes to disk unless told not to', () => {
    expect(slapdConfig(options)).not.toContain('dbnosync');
    expect(slapdConfig({ ...options, durable: false })).toContain('\ndbnosync\n');
  });

  it('quotes paths, whatever is in them', () => {
    const config = slapdConfig({ ...options, database: '/da ta/"x"\\y' });
    expect(config).toContain('directory "/da ta/\\"x\\"\\\\y"\n');
  });
});
