export { lockDirectory } from './directory-lock.js';
export type { DirectoryLock } from './directory-lock.js';
export { freePort } from './free-port.js';
export { findOrphan, readPid, spawnManaged, terminate } from './managed-process.js';
export type { ManagedProcess, ManagedProcessOptions, ProcessExit } from './managed-process.js';
export { hasArgument, isAlive } from './process-table.js';
export { isErrno, messageOf } from './system-error.js';
