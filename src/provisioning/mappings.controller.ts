import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  type Actor,
  ApiIfMatch,
  ApiProblems,
  CurrentPrincipal,
  etagOf,
  idParam,
  RequirePermission,
} from '../platform/http/index.js';
import { MappingPreview } from './mapping-preview.service.js';
import {
  type MappingInput,
  mappingList,
  mappingRequest,
  mappingResponse,
  type MappingResponse,
  previewRequest,
  previewResponse,
  type PreviewResponse,
  toMappingResponse,
} from './mappings.schema.js';
import { MappingsService } from './mappings.service.js';

@ApiTags('mappings')
@Controller('api/v1')
export class MappingsController {
  constructor(
    private readonly mappings: MappingsService,
    private readonly preview: MappingPreview,
  ) {}

  @Get('systems/:id/mappings')
  @RequirePermission('mappings.read')
  @ApiOperation({
    operationId: 'listMappings',
    summary: "List a system's mappings",
    description: 'At most one for each kind of entity.',
  })
  @ApiOkResponse({ description: 'All of them.', standardSchema: mappingList })
  @ApiProblems(404)
  async list(@Param('id', { schema: idParam }) id: string): Promise<z.output<typeof mappingList>> {
    return { items: (await this.mappings.listOfSystem(id)).map(toMappingResponse) };
  }

  @Post('systems/:id/mappings')
  @RequirePermission('mappings.write')
  @ApiOperation({
    operationId: 'createMapping',
    summary: 'Create a mapping of a system',
    description: 'Every expression is checked. Nothing is sent before a role has the mapping.',
  })
  @ApiCreatedResponse({ description: 'The new mapping.', standardSchema: mappingResponse })
  @ApiProblems(404, 409, 422)
  async create(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: mappingRequest }) body: MappingInput,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MappingResponse> {
    const mapping = await this.mappings.create(actor, id, body);
    void reply.header('location', `/api/v1/mappings/${mapping.id}`).header('etag', etagOf(mapping.version));
    return toMappingResponse(mapping);
  }

  @Get('mappings/:id')
  @RequirePermission('mappings.read')
  @ApiOperation({
    operationId: 'getMapping',
    summary: 'Get a mapping',
    description: 'With its attributes, in order.',
  })
  @ApiOkResponse({ description: 'The mapping; its version is the ETag.', standardSchema: mappingResponse })
  @ApiProblems(404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MappingResponse> {
    const mapping = await this.mappings.get(id);
    void reply.header('etag', etagOf(mapping.version));
    return toMappingResponse(mapping);
  }

  @Put('mappings/:id')
  @RequirePermission('mappings.write')
  @ApiOperation({
    operationId: 'replaceMapping',
    summary: 'Replace a mapping',
    description: 'Accounts follow by themselves. An equal mapping changes nothing.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The mapping as it is now.', standardSchema: mappingResponse })
  @ApiProblems(404, 412, 422)
  async replace(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: mappingRequest }) body: MappingInput,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MappingResponse> {
    const mapping = await this.mappings.replace(actor, id, body, ifMatch);
    void reply.header('etag', etagOf(mapping.version));
    return toMappingResponse(mapping);
  }

  @Delete('mappings/:id')
  @HttpCode(204)
  @RequirePermission('mappings.write')
  @ApiOperation({
    operationId: 'deleteMapping',
    summary: 'Delete a mapping',
    description: 'Only one without accounts: deleting a mapping never takes accounts away.',
  })
  @ApiIfMatch()
  @ApiNoContentResponse({ description: 'The mapping is gone.' })
  @ApiProblems(404, 409, 412)
  async delete(
    @Param('id', { schema: idParam }) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.mappings.delete(actor, id, ifMatch);
  }

  @Post('mappings/:id/preview')
  @HttpCode(200)
  @RequirePermission('mappings.read')
  @ApiOperation({
    operationId: 'previewMapping',
    summary: 'What a mapping makes of one identity',
    description: 'Computed as an operation would compute it; nothing is sent.',
  })
  @ApiOkResponse({ description: 'The object, or why there is none.', standardSchema: previewResponse })
  @ApiProblems(404, 409, 422)
  previewFor(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: previewRequest }) { identityId }: z.output<typeof previewRequest>,
  ): Promise<PreviewResponse> {
    return this.preview.compute(id, identityId);
  }
}
