// What a connector is given when it is opened without the service: a real dialer, as outside production.
import { Dialer } from '../../src/platform/dialer/index.js';
import type { ConnectorContext } from '../../src/provisioning/index.js';

const open = { allow: [], deny: [], ports: ['1-65535'], isProduction: false };
export const testDialer = new Dialer(open);
/** Every name leads to this machine. */
export const localDialer = new Dialer({ ...open, resolve: () => Promise.resolve(['127.0.0.1']) });

export function connectorContext(
  overrides: Partial<ConnectorContext> = {},
  dialer: Dialer = testDialer,
): ConnectorContext {
  return {
    connectTimeoutMs: 5_000,
    callTimeoutMs: 10_000,
    dial: (address, signal) => dialer.connect({ ...address, purpose: 'connector' }, signal),
    socket: () => dialer.socket({ purpose: 'connector' }),
    ownDatabase: () => Promise.resolve("no connector's"),
    log: () => undefined,
    ...overrides,
  };
}
