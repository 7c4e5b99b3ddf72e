// The defaults that start by themselves, so that a newcomer needs nothing but Node. What is configured is not started.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoDirectory, startDemoDirectory } from './directory/index.js';
import { startPostgres } from './postgres/index.js';

export interface Embedded {
  readonly databaseUrl: string;
  /** Whether the database is the embedded one, which nobody but this service administers. */
  readonly ownsDatabase: boolean;
  readonly directory: DemoDirectory | null;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The configured database; without it one is started in `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  readonly wantsDirectory: boolean;
  readonly log: (message: string) => void;
}

export async function startEmbedded({
  databaseUrl,
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
      databaseUrl: postgres?.url ?? databaseUrl ?? '',
      ownsDatabase: postgres !== null,
      directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
