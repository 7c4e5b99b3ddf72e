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
  type Page,
  pageQuery,
  RequirePermission,
} from '../platform/http/index.js';
import { type Author, CurrentAuthor } from './author.js';
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

const cursorKey = z.tuple([z.string().max(256), z.string().max(16)]);

@ApiTags('operators')
@Controller('api/v1/operators')
export class OperatorsController {
  constructor(private readonly operators: OperatorsService) {}

  @Get()
  @RequirePermission('operators.read')
  @ApiOperation({
    operationId: 'listOperators',
    summary: 'List the operators',
    description: 'Of every realm but services, by login, a page at a time.',
  })
  @ApiOkResponse({ description: 'One page.', standardSchema: operatorPage })
  @ApiProblems(400, 401, 403)
  list(@Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>): Promise<Page<OperatorDocument>> {
    const after = query.after === undefined ? undefined : decodeCursor(query.after, cursorKey);
    return this.operators.list({ limit: query.limit, after });
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
    description:
      'Somebody who can log in at once, with this password. Accounts of the directory become operators at their first login.',
  })
  @ApiCreatedResponse({ description: 'The operator.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 403, 409, 503)
  async create(
    @Body({ schema: createOperatorRequest }) request: CreateOperatorRequest,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    const operator = await this.operators.create(request, author);
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
      'operator. The last administrator whose password is kept here stays one. Nobody changes who has more than they have.',
  })
  @ApiIfMatch()
  @ApiOkResponse({ description: 'The operator as changed.', standardSchema: operatorDocument })
  @ApiProblems(400, 401, 403, 404, 409, 412, 503)
  async change(
    @Param('id', { schema: idParam }) id: string,
    @Body({ schema: changeOperatorRequest }) request: ChangeOperatorRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorDocument> {
    return answer(reply, await this.operators.change(id, request, ifMatch, author));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequirePermission('operators.write')
  @ApiOperation({
    operationId: 'deleteOperator',
    summary: 'Delete an operator',
    description:
      'Ends every session of the operator, within 5 seconds on every node. Not yourself, and not the last administrator. ' +
      'An account of the directory becomes an operator again at its next login: disable it to keep it out.',
  })
  @ApiIfMatch()
  @ApiNoContentResponse({ description: 'The operator is gone.' })
  @ApiProblems(400, 401, 403, 404, 409, 412)
  async remove(
    @Param('id', { schema: idParam }) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentAuthor() author: Author,
  ): Promise<void> {
    await this.operators.remove(id, ifMatch, author);
  }

  @Delete(':id/sessions')
  @HttpCode(204)
  @RequirePermission('operators.write')
  @ApiOperation({
    operationId: 'endSessionsOfOperator',
    summary: 'Log an operator out everywhere',
    description: 'Ends every session of the operator, within 5 seconds on every node.',
  })
  @ApiNoContentResponse({ description: 'The sessions have ended.' })
  @ApiProblems(400, 401, 403, 404)
  async endSessions(
    @Param('id', { schema: idParam }) id: string,
    @CurrentAuthor() author: Author,
  ): Promise<void> {
    await this.operators.endSessions(id, author);
  }
}

function answer(reply: FastifyReply, operator: OperatorEntity): OperatorDocument {
  void reply.header('etag', etagOf(operator.version));
  return toOperatorDocument(operator);
}
