import { ApiHeader } from '@nestjs/swagger';

/** Documents `If-Match` on a change of an object that has an ETag. */
export function ApiIfMatch(): MethodDecorator {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description:
      'The ETag of the version you have seen: the change is refused with 412 when there is a newer one. Without it the last writer wins.',
    schema: { type: 'string', maxLength: 1_024 },
    example: '"3"',
  });
}
