// The only way out to hosts that people name: resolved once, every address checked, the checked one dialled.
import { lookup, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { Socket, type TcpNetConnectOpts } from 'node:net';
import { promisify } from 'node:util';
import { DialRefusedError } from './dial-refused-error.js';
import { type IpAddress, parseAddress } from './domain/address.js';
import { kindOf } from './domain/address-kind.js';
import {
  type DialPolicy,
  type DialPurpose,
  type DialRequest,
  refusalOfAddress,
  refusalOfTarget,
} from './domain/dial-policy.js';
import { isLocalName, knownAddressesOf, parseHost } from './domain/host.js';
import { parseHostList, parsePorts } from './domain/host-list.js';
import { GuardedSocket } from './guarded-socket.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why a connection is made. */
interface DialContext {
  readonly purpose: DialPurpose;
  /** Whether only this machine will do: for what is not encrypted. */
  readonly staysLocal?: boolean;
}

type DialTarget = Address & DialContext;

/** Gives a connected socket, or throws DialRefusedError or what the system says. */
export type Dial = (address: Address, signal: AbortSignal) => Promise<Socket>;

/** All addresses of a name, as the machine knows them. */
type Resolve = (name: string) => Promise<readonly string[]>;

interface DialerOptions {
  /** Host names, addresses and networks. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Ports and ranges of them. */
  readonly ports: readonly string[];
  readonly isProduction: boolean;
  readonly resolve?: Resolve;
}

const KEEP_ALIVE_MS = 30_000;
/** How long one of several addresses may keep silent before the next is tried. */
const ATTEMPT_MS = 2_000;

export class Dialer {
  readonly #policy: DialPolicy;
  readonly #resolve: Resolve;

  constructor({ allow, deny, ports, isProduction, resolve = resolveBySystem }: DialerOptions) {
    const [allowed, denied, ranges] = [parseHostList(allow), parseHostList(deny), parsePorts(ports)];
    if (allowed === undefined || denied === undefined || ranges === undefined) {
      throw new TypeError('A list of hosts or ports cannot be read.');
    }
    this.#policy = { allow: allowed, deny: denied, ports: ranges, isProduction };
    this.#resolve = resolve;
  }

  /** A connected socket; nobody listens to its errors yet. @throws DialRefusedError, or what the system says */
  async connect(target: DialTarget, signal: AbortSignal): Promise<Socket> {
    const options = await this.#pin(target, signal);
    const socket = new Socket();
    try {
      const connected = once(socket, 'connect', { signal });
      socket.connect(options);
      await connected;
    } catch (error) {
      socket.destroy();
      throw signal.aborted ? signal.reason : error;
    }
    // Until somebody listens, a late error must not be an uncaught one.
    socket.on('error', () => undefined);
    return socket;
  }

  /** A socket for a client library that connects by itself: its `connect(port, host)` goes the same way. */
  socket(context: DialContext): Socket {
    return new GuardedSocket((address, signal) => this.#pin({ ...address, ...context }, signal));
  }

  /** Why this can never be dialled, without asking a resolver: for whoever enters it. */
  refusalOf(target: DialTarget): string | undefined {
    const request = toRequest(target);
    const reason = refusalOfTarget(this.#policy, request);
    if (reason !== undefined) return reason;
    const reasons = knownAddressesOf(request.host).map((address) =>
      refusalOfAddress(this.#policy, request, address),
    );
    return reasons.includes(undefined) ? undefined : reasons[0];
  }

  /** What to connect with, so that only addresses that were checked can be reached. */
  async #pin(target: DialTarget, signal: AbortSignal): Promise<TcpNetConnectOpts> {
    const request = toRequest(target);
    refuseFor(target, refusalOfTarget(this.#policy, request));
    const addresses = await this.#addressesOf(request, signal);
    for (const address of addresses) refuseFor(target, refusalOfAddress(this.#policy, request, address));
    const pinned = addresses.map(({ text, family }): LookupAddress => ({ address: text, family }));
    return {
      // An address is dialled as it is; a name is asked for here once more, and only the answer is used.
      host: request.host.kind === 'name' ? request.host.name : (pinned[0]?.address ?? ''),
      port: target.port,
      lookup: (_name, _options, done) => done(null, pinned),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    };
  }

  async #addressesOf({ host }: DialRequest, signal: AbortSignal): Promise<readonly IpAddress[]> {
    if (host.kind !== 'name') return host.kind === 'address' ? [host.address] : [];
    const found = await unlessAborted(this.#resolve(host.name), signal);
    if (found.length === 0) throw new Error(`${host.name} has no address`);
    return found.map((text) => {
      const address = parseAddress(text);
      if (address === undefined)
        throw new DialRefusedError(`${host.name} leads to ${text}, which is no address.`);
      return address;
    });
  }
}

/** Whether this host is this machine, whatever a resolver says. */
export function isLocalHost(text: string): boolean {
  const host = parseHost(text);
  if (host.kind === 'name') return isLocalName(host.name);
  return host.kind === 'address' && kindOf(host.address) === 'loopback';
}

function toRequest({ host, port, purpose, staysLocal = false }: DialTarget): DialRequest {
  return { host: parseHost(host), port, purpose, staysLocal };
}

function refuseFor({ host, port }: DialTarget, reason: string | undefined): void {
  if (reason !== undefined) throw new DialRefusedError(`${host}:${port} is not dialled: ${reason}.`);
}

async function resolveBySystem(name: string): Promise<string[]> {
  return (await promisify(lookup)(name, { all: true })).map(({ address }) => address);
}

/** A resolver cannot be told to stop: its answer is no longer waited for. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
