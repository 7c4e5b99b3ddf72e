import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../platform/http/index.js';
import { jwksDocument, type JwksDocument } from './session.schema.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('auth')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Public('Public keys, for other services that check our access tokens.')
  @ApiOperation({
    operationId: 'getJwks',
    summary: 'The keys of access tokens',
    description: 'The public keys as a JSON Web Key Set (RFC 7517).',
  })
  @ApiOkResponse({ description: 'The keys.', standardSchema: jwksDocument })
  read(): JwksDocument {
    return { keys: this.keys.publicJwks() };
  }
}
