/**
 * The HTTP service of a server as it is written: a state, or what is wrong with it. Form and descriptions only.
 */
import { z } from 'zod'
import { eitherWay, whole, word } from '../../document/parts.ts'
import { SERVICE_STATES } from '../../nbs/service.ts'
import type { HttpBehavior } from '../../protocol/http/file-service.ts'

const behavior = z
  .strictObject({
    status: whole(300, 599)
      .optional()
      .describe('Every request is answered with this status: 404, 503, 301 …'),
    location: z.string().min(1).optional().describe('Where a status of redirection leads'),
    contentType: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Of every file; none: it says nothing, and UEFI goes by the end of the name (.efi, .iso, .img); default: by that end',
      ),
    head: word('noLength', 'refused')
      .optional()
      .describe('What HEAD gets: an answer without Content-Length, or 405'),
  })
  .transform((form): HttpBehavior => form)

/** Of a service that is or is not there; it serves the files that TFTP serves. */
export const httpSetting = eitherWay({ scalar: word(...SERVICE_STATES), map: behavior }).meta({ id: 'http' })
