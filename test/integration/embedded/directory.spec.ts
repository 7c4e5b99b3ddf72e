import { describe } from '@jest/globals';
import { startDemoDirectory } from '../../../src/embedded/directory/index.js';
import { exerciseLdapServer } from '../../contracts/ldap-server.contract.js';
import { openFixture, slapdAbsence } from './directory.fixture.js';

exerciseLdapServer('built-in', async () => {
  const fixture = openFixture();
  const directory = await fixture.start({ prefer: 'built-in' });
  return { ...directory, stop: () => fixture.close() };
});

exerciseLdapServer(
  'slapd',
  async () => {
    const fixture = openFixture();
    const directory = await fixture.start({ prefer: 'slapd' });
    return { ...directory, stop: () => fixture.close() };
  },
  slapdAbsence === undefined ? describe : describe.skip,
);
