import { Column, Entity, PrimaryColumn } from 'typeorm';

export const IDENTITY_STATES = ['active', 'disabled'] as const;

export type IdentityState = (typeof IDENTITY_STATES)[number];

/** A person as the registry knows them. */
@Entity('registry_identities')
export class IdentityEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  login!: string;

  /** `foldedText(login)`: unique, and the order of lists. */
  @Column('text')
  loginFolded!: string;

  @Column('text')
  givenName!: string;

  @Column('text')
  surname!: string;

  @Column('text')
  surnameFolded!: string;

  @Column('text', { nullable: true })
  displayName!: string | null;

  @Column('text', { nullable: true })
  displayNameFolded!: string | null;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { nullable: true })
  email!: string | null;

  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('text')
  state!: IdentityState;

  /** Counts the changes of this row; assignments and form values do not count. */
  @Column('integer')
  version!: number;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  updatedAt!: Date;
}
