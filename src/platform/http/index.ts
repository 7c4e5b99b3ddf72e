export { etagOf, requireMatch } from './etag.js';
export { decodeCursor, encodeCursor, pageQuery, pageOf, type Page } from './page.js';
export { configureHttp, httpAdapter, httpOptions } from './http-server.js';
export { httpSettings } from './http.config.js';
export {
  allowsPermission,
  type Permission,
  PERMISSION_METADATA,
  PUBLIC_METADATA,
  Public,
  RequirePermission,
} from './permission.js';
export { CurrentPrincipal, type Principal, principalOf, actorOf, type Actor } from './principal.js';
export { isProblem, problem, Problem, type ProblemField, problemTable } from './problem.js';
export { ProblemFilter } from './problem.filter.js';
export { ApiProblems, problemDocument } from './problem.schema.js';
export { requestIdOf, RequestId } from './request-id.js';
export { idParam, lineText, multilineText } from './text.schema.js';
