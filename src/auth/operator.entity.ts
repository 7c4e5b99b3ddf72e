import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import type { Role } from './domain/roles.js';

/** Somebody who logs in with a password that Provost keeps. */
@Entity('auth_operators')
export class OperatorEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** In lower case. */
  @Column('text')
  login!: string;

  @Column('text')
  displayName!: string;

  /** argon2id in PHC form. */
  @Column('text')
  passwordHash!: string;

  @Column('text', { array: true })
  roles!: Role[];

  @Column('boolean', { default: false })
  isDisabled!: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @VersionColumn()
  version!: number;
}
