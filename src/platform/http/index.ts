export { etagOf, requireMatch } from './etag.js';
export {
  decodeCursor,
  encodeCursor,
  MAX_CURSOR_CHARACTERS,
  MAX_PAGE_ITEMS,
  pageQuery,
  pageOf,
  type Page,
} from './page.js';
export { configureHttp, httpAdapter, httpOptions } from './http-server.js';
export { type HttpSettings, httpSettings } from './http.config.js';
export { HttpModule } from './http.module.js';
export { ApiIfMatch } from './if-match.js';
export { NeverStored } from './never-stored.js';
export { ApiPrefer, preferredWait, preferredWaitSeconds } from './preferred-wait.js';
export {
  allowsPermission,
  type Permission,
  PERMISSION_METADATA,
  PUBLIC_METADATA,
  Public,
  RequirePermission,
} from './permission.js';
export {
  type Actor,
  actorOf,
  CurrentPrincipal,
  type Principal,
  principalOf,
  type Realm,
  REALMS,
} from './principal.js';
export {
  type DeclaredProblem,
  declaredProblems,
  isProblem,
  problem,
  Problem,
  type ProblemField,
  problemTable,
} from './problem.js';
export { ProblemFilter } from './problem.filter.js';
export { ApiProblems, problemDocument, problemResponse } from './problem.schema.js';
export { requestIdOf, RequestId } from './request-id.js';
export { idParam, lineText, multilineText } from './text.schema.js';
