import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../platform/http/index.js';
import { jwksDocument, type JwksDocument } from './session.schema.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('auth')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  // Half of the time for which a new key is published before it signs.
  @Header('cache-control', 'public, max-age=300')
  @Public('Public keys, for other services that check our access tokens.')
  @ApiOperation({
    operationId: 'getJwks',
    summary: 'The keys of access tokens',
    description:
      'The public keys as a JSON Web Key Set (RFC 7517). Keep it for five minutes: a new key is here ten minutes before it signs.',
  })
  @ApiOkResponse({ description: 'The keys.', standardSchema: jwksDocument })
  async read(): Promise<JwksDocument> {
    return { keys: await this.keys.publicJwks() };
  }
}
