// What an operation answers when it does not succeed.

/** Result codes of RFC 4511 §4.1.9 and RFC 4528 that this server gives. */
export const ResultCode = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  unavailableCriticalExtension: 12,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  inappropriateMatching: 18,
  constraintViolation: 19,
  attributeOrValueExists: 20,
  invalidAttributeSyntax: 21,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  unavailable: 52,
  unwillingToPerform: 53,
  namingViolation: 64,
  objectClassViolation: 65,
  notAllowedOnNonLeaf: 66,
  entryAlreadyExists: 68,
  objectClassModsProhibited: 69,
  affectsMultipleDsas: 71,
  other: 80,
  assertionFailed: 122,
} as const;

export type ResultCode = (typeof ResultCode)[keyof typeof ResultCode];

/** Ends an operation with a result; the message is the diagnosticMessage the client sees. */
export class LdapFailure extends Error {
  override readonly name = 'LdapFailure';

  constructor(
    readonly code: ResultCode,
    message = '',
    readonly matchedDn = '',
  ) {
    super(message);
  }
}
