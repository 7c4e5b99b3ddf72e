import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';

export const SIGNED_IN_METADATA = 'provost:signed-in';

/** The route needs a caller, of whatever roles; `reason` is the sentence a security reviewer reads. */
export function SignedIn(reason: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(SIGNED_IN_METADATA, reason),
    ApiBearerAuth('access-token'),
    ApiExtension('x-signed-in', reason),
  );
}
