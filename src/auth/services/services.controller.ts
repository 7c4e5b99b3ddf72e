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
import { z } from 'zod';
import {
  ApiIfMatch,
  ApiProblems,
  decodeCursor,
  etagOf,
  idParam,
  NeverStored,
  type Page,
  pageQuery,
  RequirePermission,
} from '../../platform/http/index.js';
import { type Author, CurrentAuthor } from '../author.js';
import type { OperatorEntity } from '../operator.entity.js';
import {
  changeServiceRequest,
  type ChangeServiceRequest,
  createServiceKeyRequest,
  type CreateServiceKeyRequest,
  createServiceRequest,
  type CreateServiceRequest,
  madeServiceKey,
  type MadeServiceKey,
  serviceDocument,
  type ServiceDocument,
  type ServiceKeyDocument,
  serviceKeyPage,
  servicePage,
  toServiceDocument,
} from './service.schema.js';
import { ServiceKeysService } from './service-keys.service.js';
import { ServicesService } from './services.service.js';

const cursorKey = z.tuple([z.string().max(64)]);

@ApiTags('services')
@Controller('api/v1/services')
export class ServicesController {
  constructor(
    private readonly services: ServicesService,
    private readonly keys: ServiceKeysService,
  ) {}

  @Get()
  @RequirePermission('services.read')
  @ApiOperation({
    operationId: 'listServices',
    summary: 'List the services',
    description: 'By login, a page at a time.',
  })
  @ApiOkResponse({ description: 'One page.', standardSchema: servicePage })
  @ApiProblems(400, 401, 403)
  list(@Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>): Promise<Page<ServiceDocument>> {
    const afterLogin = query.after === undefined ? undefined : decodeCursor(query.after, cursorKey)[0];
    return this.services.list({ limit: query.limit, afterLogin });
  }

  @Get(':id')
  @RequirePermission('services.read')
  @ApiOperation({
    operationId: 'getService',
    summary: 'Show a service',
    description: 'Its version is in the ETag.',
  })
  @ApiOkResponse({ description: 'The service.', standardSchema: serviceDocument })
  @ApiProblems(400, 401, 403, 404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceDocument> {
    return answer(reply, await this.services.get(id));
  }

  @Post()
  @RequirePermission('services.write')
  @ApiOperation({
    operationId: 'createService',
    summary: 'Create a service',
    description:
      'A program that may do what is named, and nothing else; it proves itself with keys. Nobody gives a permission they do not have.',
  })
  @ApiCreatedResponse({
    description: 'The service; make a key for it next.',
    standardSchema: serviceDocument,
  })
  @ApiProblems(400, 401, 403, 409, 422)
  async create(
    @Body({ schema: createServiceRequest }) request: CreateServiceRequest,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceDocument> {
    const service = await this.services.create(request, author);
    void reply.header('location', `/api/v1/services/${service.id}`);
    return answer(reply, service);
  }

  @Patch(':id')
  @RequirePermission('services.write')
  @ApiOperation({
    operationId: 'changeService',
    summary: 'Change, enable or disable a service',
    description:
      'Permissions count for the next request, within 5 seconds. Disabling ends the tokens it has; its keys give none until it is enabled.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The service as changed.', standardSchema: serviceDocument })
  @ApiProblems(400, 401, 403, 404, 412, 422)
  async change(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: changeServiceRequest }) request: ChangeServiceRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceDocument> {
    return answer(reply, await this.services.change(id, request, ifMatch, author));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('services.write')
  @ApiOperation({
    operationId: 'deleteService',
    summary: 'Delete a service',
    description: 'With its keys; its tokens are refused within 5 seconds on every node.',
  })
  @ApiIfMatch()
  @ApiNoContentResponse({ description: 'The service is gone.' })
  @ApiProblems(400, 401, 403, 404, 412)
  async remove(
    @Param('id', { schema: idParam }) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
  ): Promise<void> {
    await this.services.remove(id, ifMatch, author);
  }

  @Get(':id/keys')
  @RequirePermission('services.read')
  @ApiOperation({
    operationId: 'listServiceKeys',
    summary: 'List the keys of a service',
    description: 'The oldest first, a page at a time, revoked and expired ones too; never what proves them.',
  })
  @ApiOkResponse({ description: 'One page.', standardSchema: serviceKeyPage })
  @ApiProblems(400, 401, 403, 404)
  listKeys(
    @Param('id', { schema: idParam }) id: string,
    @Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>,
  ): Promise<Page<ServiceKeyDocument>> {
    return this.keys.list(id, query);
  }

  @Post(':id/keys')
  @RequirePermission('services.write')
  @NeverStored('The key is answered once.')
  @ApiOperation({
    operationId: 'createServiceKey',
    summary: 'Make a key for a service',
    description:
      'The key itself is in this answer and nowhere else; Provost keeps its hash. POST /api/v1/auth/service-token takes it.',
  })
  @ApiCreatedResponse({ description: 'The key.', standardSchema: madeServiceKey })
  @ApiProblems(400, 401, 403, 404)
  async makeKey(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: createServiceKeyRequest }) request: CreateServiceKeyRequest,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MadeServiceKey> {
    const made = await this.keys.make(id, request, author);
    void reply.header('location', `/api/v1/services/${id}/keys/${made.id}`);
    return made;
  }

  @Delete(':id/keys/:keyId')
  @HttpCode(204)
  @RequirePermission('services.write')
  @ApiOperation({
    operationId: 'revokeServiceKey',
    summary: 'Revoke a key of a service',
    description: 'It gives no more tokens, and those it gave are refused within 5 seconds on every node.',
  })
  @ApiNoContentResponse({ description: 'The key is revoked.' })
  @ApiProblems(400, 401, 403, 404)
  async revokeKey(
    @Param('id', { schema: idParam }) id: string,
    @Param('keyId', { schema: idParam }) keyId: string,
    @CurrentAuthor() author: Author,
  ): Promise<void> {
    await this.keys.revoke(id, keyId, author);
  }
}

function answer(reply: FastifyReply, service: OperatorEntity): ServiceDocument {
  void reply.header('etag', etagOf(service.version));
  return toServiceDocument(service);
}
