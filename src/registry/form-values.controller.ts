import { Readable } from 'node:stream';
import {
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Put,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  idParam,
  RequirePermission,
} from '../platform/http/index.js';
import { WaitsForWhatFollows } from '../queue/index.js';
import { Attachments } from './attachments.js';
import { fileExtension, MEDIA_TYPES } from './domain/media-type.js';
import { type FormValue, FormValuesService } from './form-values.service.js';
import {
  formAttributeCode,
  formValueList,
  formValueResponse,
  type FormValueResponse,
} from './form.schema.js';
import type { Declared } from './received-attachment.js';
import { registryProblem } from './registry.problems.js';

const BYTES = { type: 'string', format: 'binary' } as const;
const FILES = Object.fromEntries(MEDIA_TYPES.map((mediaType) => [mediaType, { schema: BYTES }]));

@ApiTags('forms')
@Controller('api/v1/identities/:id/form')
export class FormValuesController {
  constructor(
    private readonly values: FormValuesService,
    private readonly attachments: Attachments,
  ) {}

  @Get()
  @RequirePermission('identities.read')
  @ApiOperation({
    operationId: 'listFormValues',
    summary: "List an identity's form values",
    description: 'Their digests, sizes and types, without the bytes.',
  })
  @ApiOkResponse({ description: 'What there is, without the bytes.', standardSchema: formValueList })
  @ApiProblems(404)
  async list(@Param('id', { schema: idParam }) id: string): Promise<{ items: FormValueResponse[] }> {
    return { items: (await this.values.list(id)).map(toFormValueResponse) };
  }

  @Put(':code')
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'putFormValue',
    summary: 'Upload a form value',
    description: 'The body is the file itself. Equal bytes change nothing. Accounts follow by themselves.',
  })
  @ApiConsumes(...MEDIA_TYPES)
  @ApiBody({ description: 'The bytes of the file.', schema: BYTES })
  @ApiOkResponse({ description: 'The value; its SHA-256 is the ETag.', standardSchema: formValueResponse })
  @ApiProblems(404, 413, 415)
  async put(
    @Param('id', { schema: idParam }) id: string,
    @Param('code', { schema: formAttributeCode }) code: string,
    @Req() request: FastifyRequest,
    @CurrentPrincipal() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FormValueResponse> {
    const { body } = request;
    if (!(body instanceof Readable)) {
      throw registryProblem.attachmentTypeRefused(
        'Send the bytes of the file as the body, with its own Content-Type such as image/jpeg.',
      );
    }
    try {
      // The request outlives the reading: its refusal is answered on the same connection.
      const bytes = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      const value = await this.values.put(actor, id, code, bytes, declaredBy(request));
      void reply.header('etag', `"${value.sha256}"`);
      return toFormValueResponse(value);
    } finally {
      // Whatever was not read is thrown away, until the server's time limit for a request.
      body.resume();
    }
  }

  @Get(':code')
  @RequirePermission('identities.read')
  @ApiOperation({
    operationId: 'getFormValue',
    summary: 'Download a form value',
    description: 'The file itself, always as a download.',
  })
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'The ETag you have: answered 304 when it is still that.',
    schema: { type: 'string', maxLength: 1_024 },
  })
  @ApiOkResponse({ description: 'The file; its SHA-256 is the ETag.', content: FILES })
  @ApiResponse({ status: 304, description: 'You have it already.' })
  @ApiProblems(404)
  async get(
    @Param('id', { schema: idParam }) id: string,
    @Param('code', { schema: formAttributeCode }) code: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const value = await this.values.get(id, code);
    void reply.header('etag', `"${value.sha256}"`);
    if (ifNoneMatch?.includes(`"${value.sha256}"`)) {
      void reply.status(304);
      return undefined;
    }
    void reply.header('x-content-type-options', 'nosniff');
    return new StreamableFile(Readable.from(this.attachments.stream(value.sha256)), {
      type: value.mediaType,
      length: value.sizeBytes,
      disposition: `attachment; filename="${code}.${fileExtension(value.mediaType)}"`,
    });
  }

  @Delete(':code')
  @HttpCode(204)
  @RequirePermission('identities.write')
  @WaitsForWhatFollows()
  @ApiOperation({
    operationId: 'clearFormValue',
    summary: 'Remove a form value',
    description: 'Repeating it changes nothing. Accounts follow by themselves.',
  })
  @ApiNoContentResponse({ description: 'The identity has no such value.' })
  @ApiProblems(404)
  async clear(
    @Param('id', { schema: idParam }) id: string,
    @Param('code', { schema: formAttributeCode }) code: string,
    @CurrentPrincipal() actor: Actor,
  ): Promise<void> {
    await this.values.clear(actor, id, code);
  }
}

function declaredBy({ headers }: FastifyRequest): Declared {
  const length = headers['content-length'];
  return {
    mediaType: headers['content-type']?.split(';')[0]?.trim().toLowerCase(),
    sizeBytes: length === undefined ? undefined : Number(length),
  };
}

function toFormValueResponse(value: FormValue): FormValueResponse {
  return {
    code: value.code,
    sha256: value.sha256,
    sizeBytes: value.sizeBytes,
    mediaType: value.mediaType,
    updatedAt: value.updatedAt.toISOString(),
  };
}
