/**
 * Files of a TFTP service as a scenario has them: a directory, or files that it writes down itself, by text or by
 * size. Does not read a disk.
 */
import { z } from 'zod'
import { fromHex, latin1Bytes } from '../../core/bytes.ts'
import type { Checker } from '../../document/checker.ts'
import { eitherWay, words } from '../../document/parts.ts'
import { kindOf } from '../../document/quantities.ts'
import { type ImageStore, memoryImages } from '../../nbs/images.ts'
import { isRefusal } from '../../protocol/tftp/files.ts'
import { requestPath } from '../../protocol/tftp/request-path.ts'
import { placeholderOf } from '../../wire/executable.ts'

/** Largest file a scenario may make up (docs/limits.md). */
const MAX_FILE_SIZE = 1 << 30

/** A file of some size is filled with a pattern. */
export type ImageFile =
  | { readonly name: string; readonly size: number }
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly bytes: Uint8Array }

/** Where the files of a TFTP service come from. */
export type Images =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'files'; readonly files: readonly ImageFile[] }

/** Most bytes of a file that are written down in hexadecimal. */
const MAX_HEX = 1 << 20
const HEX_FILE = z.strictObject({
  hex: z
    .string()
    .regex(/^([0-9A-Fa-f]{2})*$/)
    .max(2 * MAX_HEX),
  size: z.number().int().min(0).max(MAX_FILE_SIZE).optional(),
})

const content = z
  .unknown()
  .transform((value, context): number | string | Uint8Array => {
    if (typeof value === 'string') return value
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_FILE_SIZE)
      return value
    const begun = HEX_FILE.safeParse(value)
    if (begun.success) return begunBy(begun.data.hex, begun.data.size)
    context.addIssue({
      code: 'custom',
      message: `expected a size in bytes, the text of the file, or { hex: its first bytes, size }, got ${kindOf(value)}`,
    })
    return z.NEVER
  })
  .meta({
    anyOf: [
      { type: 'integer', minimum: 0, maximum: MAX_FILE_SIZE },
      { type: 'string' },
      {
        type: 'object',
        properties: {
          hex: {
            type: 'string',
            pattern: '^([0-9A-Fa-f]{2})*$',
            description: 'Its first bytes',
            examples: ['4d5a9000'],
          },
          size: {
            type: 'integer',
            minimum: 0,
            maximum: MAX_FILE_SIZE,
            description: 'In bytes, filled with a pattern; default: no more than hex',
          },
        },
        required: ['hex'],
        additionalProperties: false,
      },
    ],
  })

/** The bytes that are known, and a pattern after them. */
const begunBy = (hex: string, size: number | undefined): Uint8Array => {
  const start = fromHex(hex)
  if (size === undefined) return start
  const bytes = placeholderOf(size)
  bytes.set(start.subarray(0, size))
  return bytes
}

/** A name that no machine could ask for is a slip: the service refuses it, whatever is behind it. */
const fileName = z
  .string()
  .min(1)
  .refine(name => requestPath(name).ok, {
    error: ({ input }) => `"${String(input)}" cannot be the name of a file: ${nameFault(String(input))}`,
  })

export const nameFault = (name: string): string | undefined => {
  const path = requestPath(name)
  return path.ok ? undefined : path.reason
}

/** Name to size in bytes or text. */
export const files = z.record(fileName, content).transform(record =>
  Object.entries(record).map(([name, value]): ImageFile => {
    if (typeof value === 'number') return { name, size: value }
    return typeof value === 'string' ? { name, text: value } : { name, bytes: value }
  }),
)

export const directory = words.transform((path): Images => ({ kind: 'directory', path }))

export const images = eitherWay({
  scalar: directory,
  map: files.transform((written): Images => ({ kind: 'files', files: written })),
}).meta({ id: 'images' })

/** Those that are written down, changed; a directory stays. */
export const changedImages = <I extends Images | undefined>(
  value: I,
  change: (file: ImageFile) => ImageFile,
): I | Images => (value?.kind === 'files' ? { kind: 'files', files: value.files.map(change) } : value)

/** The path is that of the field. */
export const checkImages = (
  check: Checker,
  exists: (directory: string) => boolean | 'outside',
  value: Images | undefined,
): void => {
  if (value?.kind !== 'directory') return
  const state = exists(value.path)
  if (state === 'outside')
    check.complain(
      [],
      `"${value.path}" is outside the folder of the scenario file; if its files may be read, say --allow-path with it`,
    )
  else if (!state) check.complain([], `there is no directory "${value.path}" (seen from the scenario file)`)
}

/** The path is that of the field. */
export const checkFile = (
  check: Checker,
  exists: (file: string) => boolean | 'outside',
  path: string,
): void => {
  const state = exists(path)
  if (state === 'outside')
    check.complain(
      [],
      `"${path}" is outside the folder of the scenario file; if it may be read, say --allow-path with it`,
    )
  else if (!state) check.complain([], `there is no file "${path}" (seen from the scenario file)`)
}

export const writtenFiles = (written: readonly ImageFile[]): ImageStore =>
  memoryImages(Object.fromEntries(written.map(file => [file.name, bytesOf(file)])))

const bytesOf = (file: ImageFile): Uint8Array => {
  if ('bytes' in file) return file.bytes
  return 'text' in file ? latin1Bytes(file.text) : placeholderOf(file.size)
}

/** What the first does not have is asked of the second. */
export const joinedStores = (first: ImageStore, second: ImageStore): ImageStore => ({
  list: () => [...first.list(), ...second.list()],
  open: path => {
    const found = first.open(path)
    return isRefusal(found) ? second.open(path) : found
  },
})
