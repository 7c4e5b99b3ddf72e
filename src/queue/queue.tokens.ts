/** The database the queue lives in. */
export const QUEUE_DATABASE_URL = Symbol('queue database URL');
/** The worker's own pool, so that requests and work do not starve each other. */
export const WORKER_DATABASE = Symbol('worker database');
/** One connection for the beat alone: it never waits behind work. */
export const BEAT_DATABASE = Symbol('beat database');
