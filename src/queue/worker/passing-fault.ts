// Faults of the database that a later try of the same transaction may not meet.

interface DatabaseFault {
  readonly code?: unknown;
  readonly message?: string;
}

/** The connection, a dead-lock, a partition that is not there yet. */
export function isPassing(error: unknown): boolean {
  const { code, message = '' } = faultOf(error);
  if (typeof code !== 'string') return /connection|terminated|timeout/i.test(String(error));
  // SQLSTATE classes 08 and 57P: the connection or the server. E…: a socket's code. Class 40: rolled back.
  if (/^(08|57P|E[A-Z]|40)/.test(code)) return true;
  return code === '23514' && message.includes('no partition');
}

function faultOf(error: unknown): DatabaseFault {
  const thrown = error as (DatabaseFault & { readonly driverError?: DatabaseFault }) | null | undefined;
  return thrown?.driverError ?? thrown ?? {};
}
