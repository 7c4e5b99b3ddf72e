// Holds the address of a system against the rules: when it is saved, and each time it is dialled.
import { Inject, Injectable } from '@nestjs/common';
import { processSettings, type ProcessSettings } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { Dialer, isLocalHost } from '../../platform/dialer/index.js';
import {
  type EndpointFault,
  faultOfProtection,
  type SystemEndpoint,
  type SystemWarning,
  warningOfProtection,
} from '../domain/system-endpoint.js';
import type { ConnectorContext } from './connector.contract.js';
import { DATABASE_IDENTITY, OWN_DATABASE } from './own-database.js';

@Injectable()
export class EndpointGuard {
  constructor(
    private readonly dialer: Dialer,
    private readonly database: Database,
    @Inject(processSettings.token) private readonly process: Pick<ProcessSettings, 'isProduction'>,
  ) {}

  /** Why this is neither saved nor dialled, as far as that is known without asking a resolver. */
  faultOf(endpoint: SystemEndpoint): EndpointFault | undefined {
    const isProduction = this.process.isProduction === true;
    const fault = faultOfProtection(endpoint, { isProduction, isLocal: isLocalHost(endpoint.host) });
    if (fault !== undefined) return fault;
    if (this.#isOwnDatabase(endpoint)) return { reason: OWN_DATABASE };
    const { host, port } = endpoint;
    const refusal = this.dialer.refusalOf({ host, port, ...contextOf(endpoint) });
    return refusal === undefined ? undefined : { reason: `${host}:${port} is not dialled: ${refusal}` };
  }

  warningsOf(endpoint: SystemEndpoint): SystemWarning[] {
    const fault = this.faultOf(endpoint);
    if (fault !== undefined) return [{ code: 'refused', text: `It is not used: ${fault.reason}.` }];
    const warning = warningOfProtection(endpoint);
    return warning === undefined ? [] : [warning];
  }

  /** The ways that a connector to this endpoint is given. */
  waysTo(endpoint: SystemEndpoint): Pick<ConnectorContext, 'dial' | 'socket' | 'ownDatabase'> {
    const context = contextOf(endpoint);
    return {
      dial: (address, signal) => this.dialer.connect({ ...address, ...context }, signal),
      socket: () => this.dialer.socket(context),
      ownDatabase: async () => {
        const [row] = await this.database.query<{ identity: string }>(DATABASE_IDENTITY);
        return row?.identity ?? '';
      },
    };
  }

  /** By its address, for whoever enters it; other names of it are found out by `DATABASE_IDENTITY`. */
  #isOwnDatabase({ host, port, database }: SystemEndpoint): boolean {
    const own = new URL(this.database.options.url);
    const ownHost = own.hostname.replace(/^\[(.*)\]$/, '$1');
    const isSameHost = host.toLowerCase() === ownHost || (isLocalHost(host) && isLocalHost(ownHost));
    const isSameServer = isSameHost && port === Number(own.port || 5432);
    return isSameServer && database === decodeURIComponent(own.pathname.slice(1));
  }
}

function contextOf({ isEncrypted, insecure }: SystemEndpoint): { purpose: 'connector'; staysLocal: boolean } {
  return { purpose: 'connector', staysLocal: !isEncrypted && insecure === undefined };
}
