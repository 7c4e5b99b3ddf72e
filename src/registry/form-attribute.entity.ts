import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MediaType } from './domain/media-type.js';

/** What an attribute can belong to. */
export const FORM_ENTITY_TYPES = ['identity'] as const;
export const FORM_ATTRIBUTE_TYPES = ['attachment'] as const;

export type FormEntityType = (typeof FORM_ENTITY_TYPES)[number];
export type FormAttributeType = (typeof FORM_ATTRIBUTE_TYPES)[number];

/** An attribute that entities of one type have beside their own fields. */
@Entity('registry_form_attributes')
export class FormAttributeEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  entityType!: FormEntityType;

  @Column('text')
  code!: string;

  @Column('text')
  name!: string;

  @Column('text')
  type!: FormAttributeType;

  @Column('text', { array: true })
  mediaTypes!: MediaType[];

  @Column('integer')
  maxBytes!: number;

  @Column('timestamptz')
  createdAt!: Date;
}
