import { Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '../platform/database/index.js';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  idParam,
  type Page,
  pageOf,
  RequirePermission,
} from '../platform/http/index.js';
import { WaitsForWhatFollows } from '../queue/index.js';
import { IdentitiesService } from './identities.service.js';
import { RoleAssignmentsService } from './role-assignments.service.js';
import { listRoles } from './role.queries.js';
import {
  decodeCodeCursor,
  roleListQuery,
  rolePage,
  type RoleResponse,
  toRoleResponse,
} from './role.schema.js';

@ApiTags('identities')
@Controller('api/v1/identities/:id/roles')
export class RoleAssignmentsController {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly assignments: RoleAssignmentsService,
  ) {}

  @Get()
  @RequirePermission('identities.read')
  @ApiOperation({
    operationId: 'listIdentityRoles',
    summary: "List an identity's roles",
    description: 'In the order of their codes.',
  })
  @ApiOkResponse({ description: 'A page of roles.', standardSchema: rolePage })
  @ApiProblems(404)
  async list(
    @Param('id', { schema: idParam }) id: string,
    @Query({ schema: roleListQuery }) { limit, after }: z.output<typeof roleListQuery>,
  ): Promise<Page<RoleResponse>> {
    const { id: identityId } = await this.identities.get(id);
    const rows = await listRoles(this.database, {
      limit,
      identityId,
      after: after === undefined ? undefined : decodeCodeCursor(after),
    });
    return pageOf(rows, limit, toRoleResponse, ({ code }) => [code]);
  }

  @Put(':roleId')
  @HttpCode(204)
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'assignRole',
    summary: 'Give an identity a role',
    description: 'Repeating it changes nothing. Accounts follow by themselves.',
  })
  @ApiNoContentResponse({ description: 'The identity has the role.' })
  @ApiProblems(404)
  async assign(
    @Param('id', { schema: idParam }) id: string,
    @Param('roleId', { schema: idParam }) roleId: string,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.assignments.assign(actor, id, roleId);
  }

  @Delete(':roleId')
  @HttpCode(204)
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'unassignRole',
    summary: 'Take a role from an identity',
    description: 'Repeating it changes nothing. Accounts that only this role gave go by themselves.',
  })
  @ApiNoContentResponse({ description: 'The identity does not have the role.' })
  @ApiProblems(404)
  async unassign(
    @Param('id', { schema: idParam }) id: string,
    @Param('roleId', { schema: idParam }) roleId: string,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.assignments.unassign(actor, id, roleId);
  }
}
