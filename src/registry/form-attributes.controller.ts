import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  type Page,
  pageOf,
  RequirePermission,
} from '../platform/http/index.js';
import { FormAttributesService } from './form-attributes.service.js';
import {
  type CreateFormAttribute,
  createFormAttributeRequest,
  decodeAttributeCursor,
  formAttributeListQuery,
  formAttributePage,
  formAttributeResponse,
  type FormAttributeResponse,
  toFormAttributeResponse,
} from './form.schema.js';

@ApiTags('forms')
@Controller('api/v1/form-attributes')
export class FormAttributesController {
  constructor(private readonly attributes: FormAttributesService) {}

  @Get()
  @RequirePermission('forms.read')
  @ApiOperation({
    operationId: 'listFormAttributes',
    summary: 'List form attributes',
    description: 'In the order of what they belong to, then of their codes.',
  })
  @ApiOkResponse({ description: 'A page of form attributes.', standardSchema: formAttributePage })
  async list(
    @Query({ schema: formAttributeListQuery }) { limit, after }: z.output<typeof formAttributeListQuery>,
  ): Promise<Page<FormAttributeResponse>> {
    const rows = await this.attributes.list(
      limit,
      after === undefined ? undefined : decodeAttributeCursor(after),
    );
    return pageOf(rows, limit, toFormAttributeResponse, ({ entityType, code }) => [entityType, code]);
  }

  @Post()
  @RequirePermission('forms.write')
  @ApiOperation({
    operationId: 'createFormAttribute',
    summary: 'Create a form attribute',
    description: 'From then on every entity of the type can have a value, and mappings can use it.',
  })
  @ApiCreatedResponse({ description: 'The new form attribute.', standardSchema: formAttributeResponse })
  @ApiProblems(409)
  async create(
    @Body({ schema: createFormAttributeRequest }) body: CreateFormAttribute,
    @CurrentPrincipal() actor: Actor,
  ): Promise<FormAttributeResponse> {
    return toFormAttributeResponse(await this.attributes.create(actor, body));
  }
}
