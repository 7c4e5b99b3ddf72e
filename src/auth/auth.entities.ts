import { OperatorEntity } from './operator.entity.js';

/** The tables of this module that TypeORM maps. */
export const authEntities = [OperatorEntity] as const;
