export type { DirectoryEntry } from './answer.js';
export { AssertionControl, decodePostRead, OID, PostReadControl } from './controls.js';
export { directorySettings, type DirectorySettings } from './directory.config.js';
export { directoryAddress } from './directory-address.js';
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
  DirectoryConnectionError,
  type DirectoryFailure,
  type DirectoryOperation,
  DirectoryResultError,
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
