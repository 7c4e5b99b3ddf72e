import { Column, Entity, PrimaryColumn } from 'typeorm';

/** That an identity has a role. */
@Entity('registry_role_assignments')
export class RoleAssignmentEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  identityId!: string;

  @Column('uuid')
  roleId!: string;

  @Column('timestamptz')
  createdAt!: Date;
}
