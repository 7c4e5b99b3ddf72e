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
import { IdentitiesService } from './identities.service.js';
import { listIdentities } from './identity.queries.js';
import {
  type CreateIdentity,
  createIdentityRequest,
  decodeLoginCursor,
  identityListQuery,
  identityPage,
  identityResponse,
  type IdentityResponse,
  toIdentityResponse,
  type UpdateIdentity,
  updateIdentityRequest,
} from './identity.schema.js';
import { RolesService } from './roles.service.js';

@ApiTags('identities')
@Controller('api/v1/identities')
export class IdentitiesController {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly roles: RolesService,
  ) {}

  @Get()
  @RequirePermission('identities.read')
  @ApiOperation({
    operationId: 'listIdentities',
    summary: 'List identities',
    description: 'In the order of their logins. Filters can be combined.',
  })
  @ApiOkResponse({ description: 'A page of identities.', standardSchema: identityPage })
  @ApiProblems(422)
  async list(
    @Query({ schema: identityListQuery }) query: z.output<typeof identityListQuery>,
  ): Promise<Page<IdentityResponse>> {
    const { limit, after, login, q, role } = query;
    const rows = await listIdentities(this.database, {
      limit,
      login,
      q,
      after: after === undefined ? undefined : decodeLoginCursor(after),
      roleId: role === undefined ? undefined : (await this.roles.requireCode(role, 'query/role')).id,
    });
    return pageOf(rows, limit, toIdentityResponse, ({ loginFolded }) => [loginFolded]);
  }

  @Post()
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'createIdentity',
    summary: 'Create an identity',
    description: 'With the roles it has from the start. Accounts follow by themselves.',
  })
  @ApiCreatedResponse({ description: 'The new identity.', standardSchema: identityResponse })
  @ApiProblems(409, 422)
  async create(
    @Body({ schema: createIdentityRequest }) body: CreateIdentity,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentityResponse> {
    const identity = await this.identities.create(actor, body);
    void reply
      .header('location', `/api/v1/identities/${identity.id}`)
      .header('etag', etagOf(identity.version));
    return toIdentityResponse(identity);
  }

  @Get(':id')
  @RequirePermission('identities.read')
  @ApiOperation({
    operationId: 'getIdentity',
    summary: 'Get an identity',
    description: 'With its version as ETag.',
  })
  @ApiOkResponse({ description: 'The identity; its version is the ETag.', standardSchema: identityResponse })
  @ApiProblems(404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentityResponse> {
    const identity = await this.identities.get(id);
    void reply.header('etag', etagOf(identity.version));
    return toIdentityResponse(identity);
  }

  @Patch(':id')
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'updateIdentity',
    summary: 'Change an identity',
    description: 'Fields that are left out stay; equal values change nothing. Accounts follow by themselves.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The identity as it is now.', standardSchema: identityResponse })
  @ApiProblems(404, 409, 412)
  async update(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: updateIdentityRequest }) body: UpdateIdentity,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentityResponse> {
    const identity = await this.identities.update(actor, id, body, ifMatch);
    void reply.header('etag', etagOf(identity.version));
    return toIdentityResponse(identity);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'deleteIdentity',
    summary: 'Delete an identity',
    description: 'With its assignments and form values. Its accounts go by themselves.',
  })
  @ApiIfMatch()
  @ApiNoContentResponse({ description: 'The identity is gone.' })
  @ApiProblems(404, 412)
  async delete(
    @Param('id', { schema: idParam }) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.identities.delete(actor, id, ifMatch);
  }
}
