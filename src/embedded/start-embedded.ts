// The defaults that start by themselves, so that a newcomer needs nothing but Node. What is configured is not started.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoDirectory, startDemoDirectory } from './directory/index.js';
import { findPostgres, startPostgres } from './postgres/index.js';

export interface Embedded {
  /** Connects the role that serves. */
  readonly databaseUrl: string;
  /** Connects the role that owns the tables: for migrations and seeds. */
  readonly ownerUrl: string;
  /** Whether the database is the embedded one, which nobody but this service administers. */
  readonly ownsDatabase: boolean;
  readonly directory: DemoDirectory | null;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The configured database; without it one is started in `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  /** The configured owner of its tables; without it the role of `databaseUrl` is. */
  readonly ownerUrl?: string | undefined;
  readonly dataDirectory: string;
  readonly wantsDirectory: boolean;
  readonly log: (message: string) => void;
}

export async function startEmbedded({
  databaseUrl,
  ownerUrl,
  dataDirectory,
  wantsDirectory,
  log,
}: EmbeddedOptions): Promise<Embedded> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0).toReversed()) await part.stop();
  };
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o755 });
    const postgres =
      databaseUrl === undefined
        ? await startPostgres({ dataDirectory: join(dataDirectory, 'postgres'), log })
        : null;
    if (postgres) started.push(postgres);
    const directory = wantsDirectory
      ? await startDemoDirectory({ dataDirectory: join(dataDirectory, 'directory'), log })
      : null;
    if (directory) started.push(directory);
    return {
      databaseUrl: postgres?.servingUrl ?? databaseUrl ?? '',
      ownerUrl: postgres?.url ?? ownerUrl ?? databaseUrl ?? '',
      ownsDatabase: postgres !== null,
      directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As `startEmbedded`, but beside a service that has started the database already. */
export async function joinEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const found =
    options.databaseUrl === undefined ? findPostgres(join(options.dataDirectory, 'postgres')) : undefined;
  if (found === undefined) return startEmbedded(options);
  return {
    databaseUrl: found.servingUrl,
    ownerUrl: found.url,
    ownsDatabase: true,
    directory: null,
    stop: async () => undefined,
  };
}
