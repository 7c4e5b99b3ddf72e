// The file of checkpoints, a line each, that only grows.
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type ProcessSettings, processSettings } from '../platform/config/index.js';
import { type AuditSettings, auditSettings } from './audit.config.js';
import { type Checkpoint, readCheckpoint } from './checkpoints.js';

const FILE = 'audit-checkpoints.jsonl';
/** Enough for the last lines of several processes that share the file. */
const TAIL_BYTES = 16_384;

@Injectable()
export class CheckpointFile {
  readonly path: string;

  constructor(
    @Inject(processSettings.token) { dataDirectory }: ProcessSettings,
    @Inject(auditSettings.token) { checkpointFile }: AuditSettings,
  ) {
    this.path = checkpointFile ?? join(dataDirectory, FILE);
  }

  /** The furthest of the last lines; null when there is none. */
  async newest(): Promise<Checkpoint | null> {
    let file: FileHandle;
    try {
      file = await open(this.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const lines = (await tailOf(file)).split('\n');
      const checkpoints = lines.flatMap((line) => readCheckpoint(line) ?? []);
      return checkpoints.reduce<Checkpoint | null>(
        (furthest, one) => (furthest === null || one.position >= furthest.position ? one : furthest),
        null,
      );
    } finally {
      await file.close();
    }
  }

  /** On the disk when it resolves. */
  async append(checkpoint: Checkpoint): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, 'a+', 0o600);
    try {
      // A line that a crash has torn stays alone.
      const tail = await tailOf(file);
      const begin = tail === '' || tail.endsWith('\n') ? '' : '\n';
      await file.write(`${begin}${JSON.stringify(checkpoint)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}

async function tailOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, TAIL_BYTES);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString('utf8');
}
