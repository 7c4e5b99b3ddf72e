import { Column, Entity, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';

/** A target: where it is, how it is spoken to. Its secrets are sealed. */
@Entity('provisioning_systems')
export class SystemEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  /** The kind of its connector. */
  @Column('text')
  connector!: string;

  @Column('jsonb')
  config!: Record<string, unknown>;

  /** A JSON object of secrets, sealed for the place `provisioning_systems/<id>/secrets`. */
  @Column('bytea')
  sealedSecrets!: Buffer;

  @Column('integer')
  targetId!: number;

  @VersionColumn()
  version!: number;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}

export function secretsPlace(systemId: string): string {
  return `provisioning_systems/${systemId}/secrets`;
}
