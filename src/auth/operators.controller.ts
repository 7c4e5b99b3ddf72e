import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  decodeCursor,
  etagOf,
  idParam,
  type Page,
  pageQuery,
  RequirePermission,
} from '../platform/http/index.js';
import type { OperatorEntity } from './operator.entity.js';
import {
  changeOperatorRequest,
  type ChangeOperatorRequest,
  createOperatorRequest,
  type CreateOperatorRequest,
  operatorDocument,
  type OperatorDocument,
  operatorPage,
  toOperatorDocument,
} from './operator.schema.js';
import { OperatorsService } from './operators.service.js';

const IF_MATCH = { name: 'If-Match', required: false, description: 'The ETag of the version you have seen.' };
const cursorKey = z.tuple([z.string().max(64)]);

@ApiTags('operators')
@Controller('api/v1/operators')
export class OperatorsController {
  constructor(private readonly operators: OperatorsService) {}

  @Get()
  @RequirePermission('operators.read')
  @ApiOperation({
    operationId: 'listOperators',
    summary: 'List the operators',
    description: 'By login, a page at a time.',
  })
  @ApiOkResponse({ description: 'One page.', standardSchema: operatorPage })
  @ApiProblems(400, 401, 403)
  list(@Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>): Promise<Page<OperatorDocument>> {
    const afterLogin = query.after === undefined ? undefined : decodeCursor(query.after, cursorKey)[0];
    return this.operators.list({ limit: query.limit, afterLogin });
  }

  @Get(':id')
  @RequirePermission('operators.read')
  @ApiOperation({
    operationId: 'getOperator',
    summary: 'Show an operator',
    description: 'Its version is in the ETag.',
  })
  @ApiOkResponse({ description: 'The operator.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 403, 404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    return answer(reply, await this.operators.get(id));
  }

  @Post()
  @RequirePermission('operators.write')
  @ApiOperation({
    operationId: 'createOperator',
    summary: 'Create an operator',
    description: 'Somebody who can log in at once, with this password.',
  })
  @ApiCreatedResponse({ description: 'The operator.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 403, 409, 503)
  async create(
    @Body({ schema: createOperatorRequest }) request: CreateOperatorRequest,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    const operator = await this.operators.create(request, actor);
    void reply.header('location', `/api/v1/operators/${operator.id}`);
    return answer(reply, operator);
  }

  @Patch(':id')
  @RequirePermission('operators.write')
  @ApiOperation({
    operationId: 'changeOperator',
    summary: 'Change, enable or disable an operator',
    description:
      'Roles count for the next request, within 5 seconds. Disabling, or a new password, ends every session of the ' +
      'operator. The last administrator who can log in stays one.',
  })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ description: 'The operator as changed.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 403, 404, 409, 412, 503)
  async change(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: changeOperatorRequest }) request: ChangeOperatorRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    return answer(reply, await this.operators.change(id, request, ifMatch, actor));
  }
}

function answer(reply: FastifyReply, operator: OperatorEntity): OperatorDocument {
  void reply.header('etag', etagOf(operator.version));
  return toOperatorDocument(operator);
}
