import { formatRdn } from '../../../src/platform/directory/index.js';
import { Secret } from '../../../src/platform/logging/index.js';
import { ldapConnector } from '../../../src/plugins/connectors/ldap/index.js';
import { freePort } from '../../../src/embedded/process/index.js';
import { type ConnectorBundle, exerciseConnector } from '../../contracts/connector.contract.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import { Slapd, SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../../support/slapd.js';

interface DirectoryServer {
  readonly port: number;
  readonly bindDn: string;
  readonly baseDn: string;
  readonly password: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

async function bundleFor(server: DirectoryServer): Promise<ConnectorBundle> {
  const proxy = await LossyProxy.start({ host: '127.0.0.1', port: server.port });
  return {
    proxy,
    password: server.password,
    open: ({ port = proxy.port, password = server.password, callTimeoutMs = 10_000, poolSize = 3 }, log) => {
      const { bindDn, baseDn } = server;
      const config = ldapConnector.config.parse({
        url: `ldap://127.0.0.1:${port}`,
        bindDn,
        baseDn,
        poolSize,
      });
      const context = { connectTimeoutMs: 5_000, callTimeoutMs, log };
      return ldapConnector.open(config, { password: new Secret(password) }, context);
    },
    objectClass: 'inetOrgPerson',
    identifier: (name) => `${formatRdn([{ type: 'uid', value: name, isHex: false }])},${server.baseDn}`,
    required: { cn: ['Ada Lovelace'], sn: ['Lovelace'] },
    attributes: { text: 'displayName', texts: 'description', bytes: 'jpegPhoto' },
    hasNativeIds: true,
    stopServer: () => server.stop(),
    startServer: () => server.start(),
    freePort: () => freePort(),
    close: async () => {
      await proxy.stop();
      await server.remove();
    },
  };
}

exerciseConnector('ldap on OpenLDAP', async () => {
  const slapd = await Slapd.start();
  return bundleFor({
    port: slapd.port,
    bindDn: SLAPD_BIND_DN,
    baseDn: SLAPD_BASE,
    password: SLAPD_PASSWORD,
    stop: () => slapd.halt(),
    start: () => slapd.run(),
    remove: () => slapd.remove(),
  });
});
