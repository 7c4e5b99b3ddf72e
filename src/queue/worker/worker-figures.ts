import type { Flushed } from './flush.js';

/** Who is told what the worker does. */
export interface WorkerFigures {
  claimed(lanes: number): void;
  returned(): void;
  settled(flushed: Flushed): void;
  flushed(operations: number, tookMs: number): void;
}
