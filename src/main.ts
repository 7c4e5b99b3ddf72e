// The service: starts, says where it is, and stops on SIGTERM or SIGINT once what runs has ended.
import { ConfigurationError } from './platform/config/index.js';
import { maskText } from './platform/logging/index.js';
import { startService } from './start-service.js';
import { stopOnSignal } from './stop-on-signal.js';

try {
  const starting = startService();
  stopOnSignal(starting, (line) => process.stderr.write(`${line}\n`));
  const service = await starting;
  // For whoever started it, on their terminal: it is a secret, so it is no log line.
  if (service.setupToken !== null) {
    process.stdout.write(
      `No operator exists yet. Make the first administrator with this one-time setup token (valid for 24 hours):\n` +
        `  ${service.setupToken}\n  POST ${service.url}/api/v1/auth/setup {"token": …, "login": …, "password": …}\n`,
    );
  }
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  const words = error instanceof Error ? (isExpected(error) ? error.message : error.stack) : String(error);
  process.stderr.write(`${maskText(words ?? '')}\n`);
  process.exit(error instanceof ConfigurationError ? 2 : 1);
}

/** Faults that say by themselves what to do; a stack would only hide it. */
function isExpected(error: Error): boolean {
  return ['ConfigurationError', 'SchemaError', 'DataKeyError', 'UnguardedRouteError'].includes(error.name);
}
