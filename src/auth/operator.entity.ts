import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import type { Permission, Realm } from '../platform/http/index.js';
import type { Role } from './domain/roles.js';

/** Whoever may use Provost: a person or a program, of one realm. */
@Entity('auth_operators')
export class OperatorEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text', { default: 'local' })
  realm!: Realm;

  /** In the one form that all spellings of it have; unique within the realm. */
  @Column('text')
  login!: string;

  @Column('text')
  displayName!: string;

  /** argon2id in PHC form; null where the password is not kept here. */
  @Column('text', { nullable: true })
  passwordHash!: string | null;

  /** Who of the registry it is, in the realm `identity`. */
  @Column('uuid', { nullable: true })
  identityId!: string | null;

  /** The entry that last logged in, in the realms of the directory: another one of its name has none of its roles. */
  @Column('text', { nullable: true })
  directoryUuid!: string | null;

  @Column('text', { array: true })
  roles!: Role[];

  /** What a service may do; empty for all others, who have roles. */
  @Column('text', { array: true, default: [] })
  permissions!: Permission[];

  @Column('boolean', { default: false })
  isDisabled!: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @VersionColumn()
  version!: number;
}
