// Which service the client talks to.
import { usageError } from './cli-error.js';

export const DEFAULT_SERVER = 'http://127.0.0.1:3000';

/**
 * A service's URL in the one form that names its session: without a slash at the end.
 * @throws CliError when it is no http or https URL, or has more than a host and a path.
 */
export function serverAddress(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(`${source}: ${JSON.stringify(text)} is no URL such as ${DEFAULT_SERVER}.`);
  }
  if (url.username || url.password) {
    throw usageError(`${source}: take the login and password out of the URL; provost login asks for them.`);
  }
  if (url.search || url.hash) {
    throw usageError(`${source}: ${JSON.stringify(text)} must end before its “${url.search ? '?' : '#'}”.`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Whether what is sent there can be read on the way: plain HTTP that leaves this machine. */
export function isReadableOnTheWay(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === 'http:' && !/^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
