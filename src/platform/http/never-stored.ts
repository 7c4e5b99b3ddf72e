// Which answers are not kept for a repeat with the same Idempotency-Key.
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

export const NEVER_STORED_METADATA = 'provost:never-stored';

/** The answer holds what must be nowhere at rest, such as a token: an Idempotency-Key has no effect here. */
export function NeverStored(reason: string): MethodDecorator {
  return applyDecorators(SetMetadata(NEVER_STORED_METADATA, reason), ApiExtension('x-never-stored', reason));
}
