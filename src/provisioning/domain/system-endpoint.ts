// Where a system's secrets are sent, and whether that is safe enough.

/** What somebody can choose to do without: encryption, or knowing whose certificate it is. */
export const INSECURE = ['clear-text', 'unverified-certificate'] as const;
type Insecure = (typeof INSECURE)[number];

/** When it changes, the secrets are entered again: nobody sends stored ones elsewhere. */
export interface SystemEndpoint {
  readonly host: string;
  readonly port: number;
  /** Where one server has several. */
  readonly database?: string;
  /** Whether TLS comes before anything secret. */
  readonly isEncrypted: boolean;
  /** The authorities that are trusted, in PEM form; the public ones without it. */
  readonly caCertificate?: string | undefined;
  readonly insecure?: Insecure | undefined;
}

export interface EndpointFault {
  /** The setting that is to blame, where it is one. */
  readonly setting?: 'insecure';
  readonly reason: string;
}

export interface SystemWarning {
  /** `refused`: it is not used like this. */
  readonly code: Insecure | 'refused';
  readonly text: string;
}

interface Surroundings {
  readonly isProduction: boolean;
  /** Whether the host is this machine: then nothing leaves it. */
  readonly isLocal: boolean;
}

/** What is wrong with how the endpoint is protected. */
export function faultOfProtection(
  endpoint: SystemEndpoint,
  { isProduction, isLocal }: Surroundings,
): EndpointFault | undefined {
  const { isEncrypted, insecure, caCertificate } = endpoint;
  if (insecure !== undefined && isProduction) {
    return fault(
      `"${insecure}" is not allowed in production: use TLS with a certificate that can be verified`,
    );
  }
  if (insecure === 'clear-text' && isEncrypted) {
    return fault('the connection is encrypted: leave "clear-text" out');
  }
  if (insecure === 'unverified-certificate' && !isEncrypted) {
    return fault('without TLS there is no certificate: switch TLS on, or leave "unverified-certificate" out');
  }
  if (insecure === 'unverified-certificate' && caCertificate !== undefined) {
    return fault('a certificate is either verified by caCertificate or not at all: leave one of the two out');
  }
  if (isEncrypted || insecure === 'clear-text' || isLocal) return undefined;
  const choice = isProduction
    ? ''
    : '; or set insecure to "clear-text" and accept that everybody on the way reads it';
  return fault(`the login would travel to ${endpoint.host} in clear text: use TLS${choice}`);
}

/** What to tell everybody who looks at a system with this endpoint. */
export function warningOfProtection({ host, insecure }: SystemEndpoint): SystemWarning | undefined {
  if (insecure === undefined) return undefined;
  const text =
    insecure === 'clear-text'
      ? `Nothing is encrypted on the way to ${host}: the password and all values can be read and changed there.`
      : `The certificate of ${host} is not verified: whoever stands between gets the password.`;
  return { code: insecure, text };
}

function fault(reason: string): EndpointFault {
  return { setting: 'insecure', reason };
}
