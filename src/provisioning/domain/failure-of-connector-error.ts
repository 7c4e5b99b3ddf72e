// What a system's refusal means for the operation, and what a person can do.

export type ConnectorFailureCode =
  | 'unreachable'
  | 'timeout'
  | 'busy'
  | 'rate-limited'
  | 'invalid-credentials'
  | 'permission-denied'
  | 'misconfigured'
  | 'already-exists'
  | 'not-found'
  | 'parent-missing'
  | 'stale'
  | 'conflict'
  | 'invalid-attribute';

export interface RefusalOfSystem {
  readonly code: ConnectorFailureCode;
  readonly effect: 'none' | 'unknown';
  readonly message: string;
  readonly attribute: string | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface OperationFailure {
  readonly kind: 'transient' | 'unknown' | 'conflict' | 'permanent' | 'configuration';
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
  /** What it says of the system as a whole; undefined when only this object is concerned. */
  readonly sign?: 'in-trouble' | 'asks-for-less' | 'misconfigured';
}

interface Rule {
  readonly kind: OperationFailure['kind'];
  readonly sign?: NonNullable<OperationFailure['sign']>;
  readonly remedy: string;
}

const RULES: Readonly<Record<ConnectorFailureCode, Rule>> = {
  unreachable: { kind: 'transient', sign: 'in-trouble', remedy: 'Start the system, or correct its address.' },
  timeout: { kind: 'transient', sign: 'in-trouble', remedy: 'Look at the load of the system.' },
  busy: { kind: 'transient', sign: 'in-trouble', remedy: 'The system asks to wait.' },
  'rate-limited': {
    kind: 'transient',
    sign: 'asks-for-less',
    remedy: 'The system limits its callers; lower the concurrency of the system.',
  },
  'invalid-credentials': {
    kind: 'configuration',
    sign: 'misconfigured',
    remedy: "Correct the system's user or password (PATCH /api/v1/systems/{id}).",
  },
  'permission-denied': { kind: 'configuration', remedy: "Give the system's user the right to do this." },
  misconfigured: {
    kind: 'configuration',
    remedy: "Correct the system's configuration (PATCH /api/v1/systems/{id}).",
  },
  'already-exists': { kind: 'transient', remedy: 'The object is looked at again.' },
  'not-found': { kind: 'transient', remedy: 'The object is looked at again.' },
  'parent-missing': {
    kind: 'transient',
    remedy: 'Create the entry above it, or correct the identifier of the mapping.',
  },
  stale: { kind: 'transient', remedy: 'Somebody else changed the object; it is read again.' },
  conflict: { kind: 'conflict', remedy: 'Remove or rename what stands in the way, then retry.' },
  'invalid-attribute': {
    kind: 'permanent',
    remedy: "Correct the person's data or the mapping; the next change is tried at once.",
  },
};

export function failureOf(refusal: RefusalOfSystem): OperationFailure {
  const rule = RULES[refusal.code];
  const where = refusal.attribute ? `${refusal.attribute}: ` : '';
  return {
    kind: refusal.effect === 'unknown' ? 'unknown' : rule.kind,
    code: refusal.code,
    message: `${where}${refusal.message.replace(/[.\s]+$/, '')}. ${rule.remedy}`,
    ...(refusal.retryAfterMs === undefined ? {} : { retryAfterMs: refusal.retryAfterMs }),
    ...(rule.sign === undefined ? {} : { sign: rule.sign }),
  };
}
