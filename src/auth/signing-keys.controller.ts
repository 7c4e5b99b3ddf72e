import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Clock } from '../platform/clock/index.js';
import { type Actor, ApiProblems, CurrentPrincipal, RequirePermission } from '../platform/http/index.js';
import { KeyRotation } from './key-rotation.js';
import { SigningKeys } from './signing-keys.js';
import {
  rotationRequest,
  type RotationRequest,
  signingKeyList,
  type SigningKeyList,
  toSigningKeyList,
} from './signing-keys.schema.js';

@ApiTags('auth')
@Controller('api/v1/auth/signing-keys')
export class SigningKeysController {
  constructor(
    private readonly keys: SigningKeys,
    private readonly rotation: KeyRotation,
    private readonly clock: Clock,
  ) {}

  @Get()
  @RequirePermission('signing-keys.read')
  @ApiOperation({
    operationId: 'listSigningKeys',
    summary: 'List the keys that sign access tokens',
    description: 'What each is doing and until when. The private keys never leave the service.',
  })
  @ApiOkResponse({ description: 'The keys.', standardSchema: signingKeyList })
  @ApiProblems(401, 403)
  async list(): Promise<SigningKeyList> {
    return toSigningKeyList(await this.keys.all(), this.clock.now());
  }

  @Post('rotations')
  @RequirePermission('signing-keys.write')
  @ApiOperation({
    operationId: 'rotateSigningKey',
    summary: 'Let a new signing key follow',
    description:
      'The new key is published now and signs when every node and reader knows it; the old one is accepted until its last ' +
      'token has expired, so nobody is logged out. With revokeOld the new one signs at once and the others are dropped.',
  })
  @ApiCreatedResponse({ description: 'The keys as they are now.', standardSchema: signingKeyList })
  @ApiProblems(400, 401, 403, 409)
  async rotate(
    @Body({ schema: rotationRequest }) request: RotationRequest,
    @CurrentPrincipal() actor: Actor,
  ): Promise<SigningKeyList> {
    await this.rotation.rotateNow({ revokesOld: request.revokeOld }, actor);
    return this.list();
  }
}
