// Structured logs: one JSON object a line on standard output. ERROR means that somebody must act.
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as PinoLogger, stdTimeFunctions } from 'pino';
import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '../config/index.js';
import { maskText } from './domain/mask-text.js';
import { maskValue } from './domain/mask-value.js';

export const loggingSettings = defineSettings('logging', {
  level: setting(
    'PROVOST_LOGGING_LEVEL',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'The least important lines that are written: debug, info, warn, error or silent.',
  ),
});

export type LoggingSettings = SettingsOf<typeof loggingSettings>;

/** Parts of the framework that write a line for every route and module. */
const CHATTY: ReadonlySet<string> = new Set(['InstanceLoader', 'RouterExplorer', 'RoutesResolver']);

type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'trace';

/** Nest's logger on pino. `new Logger('queue').log({ lane_id: 7 }, 'lane parked')` writes fields and a message. */
export class JsonLogger implements LoggerService {
  readonly #pino: PinoLogger;

  constructor(
    level: LoggingSettings['level'],
    private readonly destination: NodeJS.WritableStream = process.stdout,
  ) {
    this.#pino = pino(
      {
        level,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write(CHATTY.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  /** Resolves when what was written so far has left the process. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.destination.write('', () => resolve());
    });
  }

  /** Nest calls with (message, context), (message, stack, context) or, from our code, (fields, message, context). */
  #write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const texts = rest.filter((part): part is string => typeof part === 'string');
    const context = texts.at(-1);
    if (typeof message === 'object' && message !== null && !(message instanceof Error)) {
      this.#writeMasked(level, { context, ...message }, texts.length > 1 ? texts[0] : undefined);
    } else if (message instanceof Error) {
      this.#writeMasked(level, { context, err: message });
    } else {
      const stack = texts.length > 1 ? { stack: texts[0] } : {};
      this.#writeMasked(level, { context, ...stack }, String(message));
    }
  }

  /** The one way out: nothing is written that was not masked. */
  #writeMasked(level: Level, fields: Record<string, unknown>, message?: string): void {
    const masked = maskValue(fields) as Record<string, unknown>;
    const { err } = masked as { err?: { message?: string } };
    this.#pino[level](masked, message === undefined ? err?.message : maskText(message));
  }
}
