/**
 * Changes to the option area of a message in its bytes, for relay agents: everything else stays as it was, malformed
 * or not. Looks only at the options field, not at overloaded ones. Does not decode.
 */
import { u32At } from '../../core/bytes.ts'
import { MAGIC_COOKIE } from './codec.ts'
import { END, PAD } from './option-codes.ts'
import { COOKIE } from './overload.ts'

const OPTIONS = COOKIE + 4

export const hasOption = (message: Uint8Array, code: number): boolean =>
  message[locate(message, code)] === code

/** With the option before END; undefined if there is no END to put it before, or the value is over 255 bytes. */
export const withOption = (
  message: Uint8Array,
  code: number,
  value: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined => {
  const at = locate(message, END)
  if (at < 0 || value.length > 255) return undefined
  // Padding after END makes room for the option before the message has to grow.
  const end = at + 2 + value.length
  const patched = new Uint8Array(Math.max(message.length, end + 1))
  patched.set(message.subarray(0, at))
  patched[at] = code
  patched[at + 1] = value.length
  patched.set(value, at + 2)
  patched[end] = END
  return patched
}

/** Without any instance of the option; pads at the end keep the length. */
export const withoutOption = (message: Uint8Array, code: number): Uint8Array<ArrayBuffer> => {
  const patched = new Uint8Array(message.length)
  let from = 0
  let to = 0
  for (let at = locate(message, code); at >= 0; at = locate(message, code, Math.max(from, OPTIONS))) {
    patched.set(message.subarray(from, at), to)
    to += at - from
    from = at + 2 + message[at + 1]!
  }
  patched.set(message.subarray(from), to)
  return patched
}

/** Offset of the first option from `start` with this code (or of END), -1 if there is none that is whole. */
const locate = (message: Uint8Array, code: number, start = OPTIONS): number => {
  if (message.length < OPTIONS || u32At(message, COOKIE) !== MAGIC_COOKIE) return -1
  let at = start
  while (at < message.length) {
    const found = message[at]!
    if (found === END) return code === END ? at : -1
    if (found === PAD) {
      at++
      continue
    }
    const next = at + 2 + (message[at + 1] ?? 255)
    if (next > message.length) return -1
    if (found === code) return at
    at = next
  }
  return -1
}
