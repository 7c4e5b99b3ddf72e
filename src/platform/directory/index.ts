export type { DirectoryEntry } from './answer.js';
export { AssertionControl, decodePostRead, OID, PostReadControl } from './controls.js';
export { withDeadline } from './deadline.js';
export {
  DirectoryConnection,
  type ConnectionOptions,
  type DirectoryAttribute,
  type DirectoryChange,
  type DirectorySearch,
  type ResponseControls,
  type SearchAnswer,
} from './directory-connection.js';
export {
  codeOf,
  DirectoryConnectionError,
  type DirectoryFailure,
  type DirectoryOperation,
  DirectoryResultError,
  wordsOf,
} from './directory-error.js';
export { DirectoryPool, type PoolOptions } from './directory-pool.js';
export { type DirectorySchema, readDirectorySchema, readRootDse, type RootDse } from './directory-schema.js';
export {
  canonicalDn,
  DnSyntaxError,
  escapeDnValue,
  formatDn,
  formatRdn,
  isSameDn,
  isSameSpelling,
  isWithin,
  type NamePart,
  parseDn,
  type Rdn,
} from './dn.js';
export { searchPages } from './search-pages.js';
