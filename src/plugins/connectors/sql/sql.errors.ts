// What PostgreSQL's answer means to the queue: by SQLSTATE, else by its class (PostgreSQL manual, appendix A).
import { DatabaseError } from 'pg';
import { DialRefusedError } from '../../../platform/dialer/index.js';
import { codeOf, wordsOf } from '../../../platform/failures/index.js';
import { type Attributes, ConnectorError, type ConnectorErrorCode } from '../../../provisioning/index.js';
import type { TableDescription } from './table-description.js';

export interface ErrorContext {
  readonly operation: 'connect' | 'read' | 'create' | 'update' | 'rename' | 'delete';
  /** Whether the statement had been handed over to a living connection. */
  readonly wasSent: boolean;
  readonly table?: TableDescription | undefined;
  readonly keyColumn?: string;
  /** What the statement sets. */
  readonly assigned?: Attributes;
}

interface Rule {
  readonly code: ConnectorErrorCode;
  /** The server went away while it answered: a statement may have been committed. */
  readonly mayHaveActed?: true;
}

const RULES: Readonly<Record<string, Rule>> = {
  '08': { code: 'unreachable', mayHaveActed: true },
  '0A': { code: 'misconfigured' },
  '22': { code: 'invalid-attribute' },
  '23': { code: 'conflict' },
  '23502': { code: 'invalid-attribute' },
  '23514': { code: 'invalid-attribute' },
  '25006': { code: 'misconfigured' },
  '28': { code: 'invalid-credentials' },
  '3D': { code: 'misconfigured' },
  '3F': { code: 'misconfigured' },
  '40': { code: 'busy' },
  '40003': { code: 'busy', mayHaveActed: true },
  '42': { code: 'misconfigured' },
  '42501': { code: 'permission-denied' },
  '42703': { code: 'invalid-attribute' },
  '42804': { code: 'invalid-attribute' },
  '428C9': { code: 'invalid-attribute' },
  '44': { code: 'invalid-attribute' },
  '53': { code: 'busy' },
  '54': { code: 'invalid-attribute' },
  '55': { code: 'busy' },
  '57014': { code: 'timeout' },
  '57': { code: 'unreachable', mayHaveActed: true },
  '58': { code: 'busy', mayHaveActed: true },
  XX: { code: 'busy', mayHaveActed: true },
};

/** A trigger's own refusal, a vendor's own state: only a person can tell. */
const UNKNOWN_STATE: Rule = { code: 'conflict' };
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** Every error of a database call as the queue understands it. The values of a row never get into it. */
export function toConnectorError(error: unknown, context: ErrorContext): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (error instanceof DatabaseError) return fromServer(error, context);
  if (error instanceof DialRefusedError) return new ConnectorError('misconfigured', error.message);
  const effect = context.wasSent && isChange(context) ? 'unknown' : 'none';
  const words = wordsOf(error);
  return new ConnectorError(codeOfFailure(error, words, context), words, { effect });
}

function fromServer(error: DatabaseError, context: ErrorContext): ConnectorError {
  const state = error.code ?? '';
  const rule = RULES[state] ?? RULES[state.slice(0, 2)] ?? UNKNOWN_STATE;
  const code = codeOfViolation(error, context) ?? rule.code;
  const attribute = isAboutValues(code) ? attributeOf(error, context) : undefined;
  const isUnknown = rule.mayHaveActed === true && context.wasSent && isChange(context);
  // Not the error itself as cause: its detail quotes the whole row, passwords included.
  return new ConnectorError(code, `${error.message} (SQLSTATE ${state})`, {
    effect: isUnknown ? 'unknown' : 'none',
    ...(attribute === undefined ? {} : { attribute }),
  });
}

function codeOfViolation(error: DatabaseError, context: ErrorContext): ConnectorErrorCode | undefined {
  if (error.code === UNIQUE_VIOLATION) {
    const columns = columnsOf(error.constraint, context);
    const isName = columns.length === 1 && columns[0] === context.keyColumn;
    return isName && context.operation !== 'update' ? 'already-exists' : 'conflict';
  }
  if (error.code === FOREIGN_KEY_VIOLATION) {
    // A constraint of this table misses what it refers to; one of another table still refers to this row.
    const isOwn = columnsOf(error.constraint, context).length > 0;
    return isOwn && context.operation !== 'delete' ? 'parent-missing' : 'conflict';
  }
  return undefined;
}

/** The column that is to blame, where the server or the catalogue tells; never a guess between two. */
function attributeOf(error: DatabaseError, context: ErrorContext): string | undefined {
  if (error.column !== undefined) return error.column;
  const constrained = columnsOf(error.constraint, context);
  if (constrained.length === 1) return constrained[0];
  const quoted = [...error.message.matchAll(/"([^"]+)"/g)].map(([, text]) => text);
  if (error.code?.startsWith('42') === true) return quoted.find((text) => text !== undefined);
  const { assigned = {}, table } = context;
  const names = Object.keys(assigned);
  const ofValue = names.filter((name) => assigned[name]?.some((value) => quoted.includes(String(value))));
  const ofType = names.filter((name) => {
    const type = table?.columns.get(name)?.type.replace(/\[\]$/, '');
    return type !== undefined && error.message.includes(` ${type}`);
  });
  return [names, ofValue, ofType].find((candidates) => candidates.length === 1)?.[0];
}

function columnsOf(constraint: string | undefined, context: ErrorContext): readonly string[] {
  return context.table?.constraints.find((one) => one.name === constraint)?.columns ?? [];
}

function isAboutValues(code: ConnectorErrorCode): boolean {
  return code === 'invalid-attribute' || code === 'conflict' || code === 'parent-missing';
}

function isChange(context: ErrorContext): boolean {
  return context.operation !== 'connect' && context.operation !== 'read';
}

function codeOfFailure(error: unknown, words: string, context: ErrorContext): ConnectorErrorCode {
  if (context.operation !== 'connect') return 'unreachable';
  if (words.startsWith('timeout exceeded')) return 'busy';
  if (words.startsWith('SASL')) return 'invalid-credentials';
  const code = codeOf(error);
  const isTls = /SSL|TLS|certificate/i.test(`${code} ${words}`) && !code.startsWith('ECONN');
  return isTls ? 'misconfigured' : 'unreachable';
}
