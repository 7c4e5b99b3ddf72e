export { type Check, Diagnosis } from './diagnosis.js';
export { DiagnosisModule } from './diagnosis.module.js';
export {
  type Area,
  AREAS,
  fault,
  fine,
  type Finding,
  type Level,
  LEVELS,
  type Observation,
  warning,
  worstOf,
} from './finding.js';
