import { Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  idParam,
  type Page,
  pageOf,
  pageQuery,
  RequirePermission,
} from '../platform/http/index.js';
import {
  decodeMappingCursor,
  roleMappingPage,
  type RoleMappingResponse,
  toRoleMappingResponse,
} from './role-mappings.schema.js';
import { RoleMappingsService } from './role-mappings.service.js';

@ApiTags('roles')
@Controller('api/v1/roles/:roleId/mappings')
export class RoleMappingsController {
  constructor(private readonly roleMappings: RoleMappingsService) {}

  @Get()
  @RequirePermission('roles.read')
  @ApiOperation({
    operationId: 'listRoleMappings',
    summary: 'List the accounts a role gives',
    description: "The mappings by which it gives them, in the order of the mappings' ids.",
  })
  @ApiOkResponse({ description: 'A page of mappings.', standardSchema: roleMappingPage })
  @ApiProblems(404)
  async list(
    @Param('roleId', { schema: idParam }) roleId: string,
    @Query({ schema: pageQuery }) { limit, after }: z.output<typeof pageQuery>,
  ): Promise<Page<RoleMappingResponse>> {
    const rows = await this.roleMappings.list(roleId, {
      limit,
      after: after === undefined ? undefined : decodeMappingCursor(after),
    });
    return pageOf(rows, limit, toRoleMappingResponse, ({ mappingId }) => [mappingId]);
  }

  @Put(':mappingId')
  @HttpCode(204)
  @RequirePermission('roles.write')
  @ApiOperation({
    operationId: 'addRoleMapping',
    summary: 'Let a role give accounts on a system',
    description: 'Repeating it changes nothing. Everybody with the role gets an account by itself.',
  })
  @ApiNoContentResponse({ description: 'The role gives accounts by this mapping.' })
  @ApiProblems(404)
  async add(
    @Param('roleId', { schema: idParam }) roleId: string,
    @Param('mappingId', { schema: idParam }) mappingId: string,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.roleMappings.add(actor, roleId, mappingId);
  }

  @Delete(':mappingId')
  @HttpCode(204)
  @RequirePermission('roles.write')
  @ApiOperation({
    operationId: 'removeRoleMapping',
    summary: 'Let a role give no accounts on a system',
    description: 'Repeating it changes nothing. Accounts that no other role gives go by themselves.',
  })
  @ApiNoContentResponse({ description: 'The role gives no accounts by this mapping.' })
  @ApiProblems(404)
  async remove(
    @Param('roleId', { schema: idParam }) roleId: string,
    @Param('mappingId', { schema: idParam }) mappingId: string,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.roleMappings.remove(actor, roleId, mappingId);
  }
}
