import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';

/** Which entities become which objects on a system, and under what name. */
@Entity('provisioning_mappings')
export class MappingEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid')
  systemId!: string;

  @Column('text')
  entityType!: 'identity';

  @Column('text')
  objectClass!: string;

  /** CEL: the object's identifier, such as its DN or key. */
  @Column('text')
  identifierExpression!: string;

  @VersionColumn()
  version!: number;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}

/** `set`: kept equal always. `create`: given at creation, then left to the system. */
export type AttributeStrategy = 'set' | 'create';

@Entity('provisioning_attribute_mappings')
export class AttributeMappingEntity {
  @PrimaryColumn('uuid')
  mappingId!: string;

  @PrimaryColumn('text')
  attribute!: string;

  /** CEL: the attribute's value or values; null or an empty list for none. */
  @Column('text')
  expression!: string;

  @Column('text')
  strategy!: AttributeStrategy;

  @Column('boolean')
  isMultivalued!: boolean;

  /** Tells whether an object found on the system belongs to the same entity. */
  @Column('boolean')
  isCorrelation!: boolean;

  @Column('integer')
  ordinal!: number;
}
