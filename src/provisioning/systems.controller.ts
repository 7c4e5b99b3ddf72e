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
import { SystemProbe } from './system-probe.service.js';
import {
  type CreateSystem,
  createSystemRequest,
  decodeNameCursor,
  objectClassName,
  objectClassResponse,
  type ObjectClassResponse,
  systemFinding,
  type SystemFinding,
  systemListQuery,
  systemPage,
  systemResponse,
  type SystemResponse,
  toSystemResponse,
  type UpdateSystem,
  updateSystemRequest,
} from './systems.schema.js';
import { SystemsService } from './systems.service.js';

@ApiTags('systems')
@Controller('api/v1/systems')
export class SystemsController {
  constructor(
    private readonly systems: SystemsService,
    private readonly probe: SystemProbe,
  ) {}

  @Get()
  @RequirePermission('systems.read')
  @ApiOperation({
    operationId: 'listSystems',
    summary: 'List systems',
    description: 'In the order of their names.',
  })
  @ApiOkResponse({ description: 'A page of systems.', standardSchema: systemPage })
  @ApiProblems(400, 401, 403)
  async list(
    @Query({ schema: systemListQuery }) { limit, after }: z.output<typeof systemListQuery>,
  ): Promise<Page<SystemResponse>> {
    const systems = await this.systems.list({
      limit,
      after: after === undefined ? undefined : decodeNameCursor(after),
    });
    return pageOf(systems, limit, toSystemResponse, ({ name }) => [name]);
  }

  @Post()
  @RequirePermission('systems.write')
  @ApiOperation({
    operationId: 'createSystem',
    summary: 'Create a system',
    description:
      'Its settings are held against its connector and the rules of what may be dialled; it is not reached. Test it next.',
  })
  @ApiCreatedResponse({ description: 'The new system.', standardSchema: systemResponse })
  @ApiProblems(400, 401, 403, 409, 413, 415, 422)
  async create(
    @Body({ schema: createSystemRequest }) body: CreateSystem,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SystemResponse> {
    const system = await this.systems.create(actor, body);
    void reply.header('location', `/api/v1/systems/${system.id}`).header('etag', etagOf(system.version));
    return toSystemResponse(system);
  }

  @Get(':id')
  @RequirePermission('systems.read')
  @ApiOperation({
    operationId: 'getSystem',
    summary: 'Get a system',
    description: 'Its secrets are named, never shown.',
  })
  @ApiOkResponse({ description: 'The system; its version is the ETag.', standardSchema: systemResponse })
  @ApiProblems(400, 401, 403, 404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SystemResponse> {
    const system = await this.systems.get(id);
    void reply.header('etag', etagOf(system.version));
    return toSystemResponse(system);
  }

  @Patch(':id')
  @RequirePermission('systems.write')
  @ApiOperation({
    operationId: 'updateSystem',
    summary: 'Change a system',
    description:
      'Fields, settings and secrets that are left out stay, but a new address needs the secrets again. Operations that ' +
      'failed are tried again once settings or secrets change.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The system as it is now.', standardSchema: systemResponse })
  @ApiProblems(400, 401, 403, 404, 409, 412, 413, 415, 422)
  async update(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: updateSystemRequest }) body: UpdateSystem,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SystemResponse> {
    const system = await this.systems.update(actor, id, body, ifMatch);
    void reply.header('etag', etagOf(system.version));
    return toSystemResponse(system);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('systems.write')
  @ApiOperation({
    operationId: 'deleteSystem',
    summary: 'Delete a system',
    description: 'Only one without mappings, accounts and waiting operations: nothing is lost on the way.',
  })
  @ApiIfMatch()
  @ApiNoContentResponse({ description: 'The system is gone.' })
  @ApiProblems(400, 401, 403, 404, 409, 412)
  async delete(
    @Param('id', { schema: idParam }) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.systems.delete(actor, id, ifMatch);
  }

  @Post(':id/test')
  @HttpCode(200)
  @RequirePermission('systems.operate')
  @ApiOperation({
    operationId: 'testSystem',
    summary: 'Test whether a system can be reached',
    description: 'Connects and logs in, within 10 s. It answers 200 either way: the answer is the finding.',
  })
  @ApiOkResponse({ description: 'What was found.', standardSchema: systemFinding })
  @ApiProblems(400, 401, 403, 404)
  test(@Param('id', { schema: idParam }) id: string): Promise<SystemFinding> {
    return this.probe.test(id);
  }

  @Get(':id/object-classes/:name')
  @RequirePermission('systems.read')
  @ApiOperation({
    operationId: 'getObjectClass',
    summary: 'What a system offers for an object class',
    description: 'Asked of the system now, within 10 s: its attributes are what a mapping can give.',
  })
  @ApiOkResponse({ description: 'The object class.', standardSchema: objectClassResponse })
  @ApiProblems(400, 401, 403, 404, 422, 502)
  async objectClass(
    @Param('id', { schema: idParam }) id: string,
    @Param('name', { schema: objectClassName }) name: string,
  ): Promise<ObjectClassResponse> {
    const { attributes, ...objectClass } = await this.probe.objectClass(id, name);
    return { ...objectClass, attributes: [...attributes] };
  }
}
