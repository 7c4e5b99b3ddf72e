import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Database } from '../platform/database/index.js';
import {
  type Actor,
  ApiIfMatch,
  ApiProblems,
  CurrentPrincipal,
  etagOf,
  idParam,
  type Page,
  pageOf,
  RequirePermission,
} from '../platform/http/index.js';
import { WaitsForWhatFollows } from '../queue/index.js';
import { listIdentities } from './identity.queries.js';
import {
  decodeLoginCursor,
  identityPage,
  type IdentityResponse,
  memberListQuery,
  toIdentityResponse,
} from './identity.schema.js';
import { listRoles } from './role.queries.js';
import {
  type CreateRole,
  createRoleRequest,
  decodeCodeCursor,
  roleListQuery,
  rolePage,
  roleResponse,
  type RoleResponse,
  toRoleResponse,
  type UpdateRole,
  updateRoleRequest,
} from './role.schema.js';
import { RolesService } from './roles.service.js';

@ApiTags('roles')
@Controller('api/v1/roles')
export class RolesController {
  constructor(
    private readonly database: Database,
    private readonly roles: RolesService,
  ) {}

  @Get()
  @RequirePermission('roles.read')
  @ApiOperation({
    operationId: 'listRoles',
    summary: 'List roles',
    description: 'In the order of their codes.',
  })
  @ApiOkResponse({ description: 'A page of roles.', standardSchema: rolePage })
  async list(
    @Query({ schema: roleListQuery }) { limit, after }: z.output<typeof roleListQuery>,
  ): Promise<Page<RoleResponse>> {
    const rows = await listRoles(this.database, {
      limit,
      after: after === undefined ? undefined : decodeCodeCursor(after),
    });
    return pageOf(rows, limit, toRoleResponse, ({ code }) => [code]);
  }

  @Post()
  @RequirePermission('roles.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'createRole',
    summary: 'Create a role',
    description: 'Its code is unique, whatever its case.',
  })
  @ApiCreatedResponse({ description: 'The new role.', standardSchema: roleResponse })
  @ApiProblems(409)
  async create(
    @Body({ schema: createRoleRequest }) body: CreateRole,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleResponse> {
    const role = await this.roles.create(actor, body);
    void reply.header('location', `/api/v1/roles/${role.id}`).header('etag', etagOf(role.version));
    return toRoleResponse(role);
  }

  @Get(':id')
  @RequirePermission('roles.read')
  @ApiOperation({ operationId: 'getRole', summary: 'Get a role', description: 'With its version as ETag.' })
  @ApiOkResponse({ description: 'The role; its version is the ETag.', standardSchema: roleResponse })
  @ApiProblems(404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleResponse> {
    const role = await this.roles.get(id);
    void reply.header('etag', etagOf(role.version));
    return toRoleResponse(role);
  }

  @Patch(':id')
  @RequirePermission('roles.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'updateRole',
    summary: 'Change a role',
    description: 'Fields that are left out stay; equal values change nothing.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The role as it is now.', standardSchema: roleResponse })
  @ApiProblems(404, 409, 412)
  async update(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: updateRoleRequest }) body: UpdateRole,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleResponse> {
    const role = await this.roles.update(actor, id, body, ifMatch);
    void reply.header('etag', etagOf(role.version));
    return toRoleResponse(role);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('roles.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'deleteRole',
    summary: 'Delete a role',
    description: 'Only a role that nobody has and no system maps: deleting one never takes accounts away.',
  })
  @ApiIfMatch()
  @ApiNoContentResponse({ description: 'The role is gone.' })
  @ApiProblems(404, 409, 412)
  async delete(
    @Param('id', { schema: idParam }) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.roles.delete(actor, id, ifMatch);
  }

  @Get(':id/members')
  @RequirePermission('identities.read')
  @ApiOperation({
    operationId: 'listRoleMembers',
    summary: 'List who has a role',
    description: 'In the order of their logins.',
  })
  @ApiOkResponse({ description: 'A page of identities.', standardSchema: identityPage })
  @ApiProblems(404)
  async listMembers(
    @Param('id', { schema: idParam }) id: string,
    @Query({ schema: memberListQuery }) { limit, after }: z.output<typeof memberListQuery>,
  ): Promise<Page<IdentityResponse>> {
    const { id: roleId } = await this.roles.get(id);
    const rows = await listIdentities(this.database, {
      limit,
      roleId,
      after: after === undefined ? undefined : decodeLoginCursor(after),
    });
    return pageOf(rows, limit, toIdentityResponse, ({ loginFolded }) => [loginFolded]);
  }
}
