// A real slapd that keeps its own log of every write it was asked for, done or refused: the independent witness.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type Entry } from 'ldapts';
import { findSlapd, usualPlaces } from '../../src/embedded/directory/index.js';
import { Slapd, SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../../test/support/slapd.js';
import { type AccountEntry, toAccountEntry, toWitnessedWrite, type WitnessedWrite } from './witness-log.js';

const LOG = 'cn=accesslog';
const READER = `dn.exact="${SLAPD_BIND_DN}"`;

export interface WitnessDirectory {
  readonly port: number;
  /** Every write, in the order in which the server took them. */
  readonly writes: () => Promise<WitnessedWrite[]>;
  /** What is there now. */
  readonly accounts: () => Promise<AccountEntry[]>;
  readonly remove: () => Promise<void>;
}

/** Why there can be no witness on this machine; undefined where there can. */
export function noWitness(): string | undefined {
  const slapd = findSlapd(usualPlaces(process.env['PATH']));
  if (typeof slapd === 'string') return slapd;
  const { modules } = slapd;
  const isThere =
    modules === undefined || ['la', 'so'].some((ending) => existsSync(join(modules, `accesslog.${ending}`)));
  return isThere ? undefined : `${slapd.command} is there, but not its overlay accesslog`;
}

/** @param folder where the log is kept */
export async function startWitnessDirectory(folder: string): Promise<WitnessDirectory> {
  mkdirSync(folder, { recursive: true });
  const slapd = await Slapd.start({
    global: isModular() ? 'moduleload accesslog' : '',
    // What is set for every database follows these lines, and then belongs to the log.
    database: [
      `limits ${READER} size=unlimited`,
      `access to * by ${READER} write by anonymous auth by users read`,
      'overlay accesslog',
      `logdb ${LOG}`,
      'logops writes',
      'logsuccess FALSE',
      'database mdb',
      `suffix ${LOG}`,
      `directory ${folder}`,
      'maxsize 4294967296',
      'dbnosync',
      `limits ${READER} size=unlimited time=unlimited`,
    ].join('\n'),
  });
  const search = async (base: string, filter: string): Promise<Entry[]> => {
    const client = new Client({ url: slapd.url });
    try {
      await client.bind(SLAPD_BIND_DN, SLAPD_PASSWORD);
      return (await client.search(base, { scope: 'one', filter, paged: { pageSize: 500 } })).searchEntries;
    } finally {
      await client.unbind();
    }
  };
  return {
    port: slapd.port,
    writes: async () =>
      (await search(LOG, '(objectClass=auditWriteObject)'))
        .map(toWitnessedWrite)
        .toSorted((one, other) => (one.at < other.at ? -1 : 1)),
    accounts: async () => (await search(SLAPD_BASE, '(objectClass=inetOrgPerson)')).map(toAccountEntry),
    remove: () => slapd.remove(),
  };
}

function isModular(): boolean {
  const slapd = findSlapd(usualPlaces(process.env['PATH']));
  return typeof slapd !== 'string' && slapd.modules !== undefined;
}
