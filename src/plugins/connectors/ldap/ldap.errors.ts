// What a directory's answer means to the queue: one row for each result code (RFC 4511 appendix A).
import {
  DirectoryConnectionError,
  type DirectoryFailure,
  type DirectoryOperation,
  DirectoryResultError,
  DnSyntaxError,
} from '../../../platform/directory/index.js';
import { ConnectorError, type ConnectorErrorCode } from '../../../provisioning/index.js';

interface Rule {
  readonly code: ConnectorErrorCode;
  /** Operations for which the same result means something else. */
  readonly except?: Partial<Record<DirectoryOperation, ConnectorErrorCode>>;
  /** A proxy or a failing server says this about changes it may have made: they are read back, not sent again blindly. */
  readonly mayHaveActed?: true;
  /** What a person can do about it, where the server's words do not say. */
  readonly remedy?: string;
}

const RULES: Readonly<Record<number, Rule>> = {
  1: { code: 'busy' },
  2: { code: 'misconfigured' },
  3: { code: 'timeout', mayHaveActed: true },
  4: {
    code: 'misconfigured',
    remedy:
      'Raise the size limit of the bind DN (OpenLDAP: "limits"), or the list of accounts stays incomplete.',
  },
  7: { code: 'misconfigured' },
  8: { code: 'misconfigured', remedy: 'Use an ldaps:// address or StartTLS.' },
  10: {
    code: 'misconfigured',
    remedy: 'Referrals are not followed: enter the server that holds the entries, or another base DN.',
  },
  11: { code: 'busy' },
  12: { code: 'misconfigured' },
  13: { code: 'misconfigured', remedy: 'Use an ldaps:// address or StartTLS.' },
  14: { code: 'misconfigured' },
  16: { code: 'invalid-attribute' },
  17: { code: 'invalid-attribute' },
  18: { code: 'invalid-attribute' },
  19: { code: 'invalid-attribute' },
  20: { code: 'invalid-attribute' },
  21: { code: 'invalid-attribute' },
  32: {
    code: 'not-found',
    except: { add: 'parent-missing', search: 'misconfigured', bind: 'invalid-credentials' },
  },
  33: { code: 'conflict' },
  34: { code: 'invalid-attribute', except: { search: 'misconfigured', bind: 'invalid-credentials' } },
  36: { code: 'conflict' },
  48: { code: 'misconfigured', except: { bind: 'invalid-credentials' } },
  49: { code: 'invalid-credentials' },
  50: { code: 'permission-denied', remedy: 'Give the bind DN the right to do it.' },
  51: { code: 'busy' },
  52: { code: 'unreachable', mayHaveActed: true },
  53: { code: 'conflict', except: { bind: 'invalid-credentials' } },
  54: { code: 'misconfigured' },
  64: { code: 'invalid-attribute' },
  65: { code: 'invalid-attribute' },
  66: { code: 'conflict' },
  67: { code: 'invalid-attribute' },
  68: { code: 'already-exists' },
  69: { code: 'invalid-attribute' },
  71: { code: 'conflict' },
  80: { code: 'busy', mayHaveActed: true },
  122: { code: 'stale' },
  123: { code: 'permission-denied' },
};

/** A vendor's own code: only a person can tell. */
const UNKNOWN_RESULT: Rule = { code: 'conflict' };

const CHANGES: ReadonlySet<DirectoryOperation> = new Set(['add', 'modify', 'rename', 'delete']);
const UNWILLING = 53;
/** Words of a server that refuses every change, not this one: unwillingToPerform says both. */
const REFUSES_ALL = /read-?only|restricted|shadow|authentication required|not permitted/i;

const FAILURES: Readonly<Record<DirectoryFailure, ConnectorErrorCode>> = {
  unreachable: 'unreachable',
  insecure: 'misconfigured',
  anonymous: 'invalid-credentials',
  lost: 'unreachable',
  ended: 'timeout',
  malformed: 'misconfigured',
  unsendable: 'invalid-attribute',
  refused: 'misconfigured',
};

/** Every error of a directory call as the queue understands it; anything else is a bug and stays what it is. */
export function toConnectorError(error: unknown): unknown {
  if (error instanceof DirectoryResultError) return fromResult(error);
  if (error instanceof DirectoryConnectionError) {
    return new ConnectorError(FAILURES[error.failure], error.message, { effect: error.effect, cause: error });
  }
  if (error instanceof DnSyntaxError) return new ConnectorError('invalid-attribute', error.message);
  return error;
}

/** The attribute that the server's words name, in the forms of OpenLDAP, 389 Directory Server and their kin. */
export function attributeIn(diagnostic: string): string | undefined {
  const quoted = /attribute\s+(?:type\s+)?['"]([\w.;-]+)['"]/i.exec(diagnostic)?.[1];
  return quoted ?? /^(?:modify\/\w+: )?([A-Za-z0-9][\w.;-]*): /.exec(diagnostic)?.[1];
}

function fromResult(error: DirectoryResultError): ConnectorError {
  const rule = RULES[error.code] ?? UNKNOWN_RESULT;
  const code = refusesAll(error) ? 'permission-denied' : (rule.except?.[error.operation] ?? rule.code);
  const attribute = code === 'invalid-attribute' ? attributeIn(error.diagnostic) : undefined;
  const message = rule.remedy === undefined ? error.message : `${error.message}. ${rule.remedy}`;
  return new ConnectorError(code, message, {
    effect: rule.mayHaveActed === true && CHANGES.has(error.operation) ? 'unknown' : 'none',
    ...(attribute === undefined ? {} : { attribute }),
    cause: error,
  });
}

function refusesAll(error: DirectoryResultError): boolean {
  return error.code === UNWILLING && CHANGES.has(error.operation) && REFUSES_ALL.test(error.diagnostic);
}
