/**
 * A TFTP packet as fields with their places (RFC 1350 §5, RFC 2347). Does not follow a transfer.
 */
import { latin1Text, printable, u16At } from '../../core/bytes.ts'
import { decodeTftp } from '../../wire/tftp/codec.ts'
import { type Field, field, preview } from './fields.ts'

const NAMES = {
  rrq: 'read request',
  wrq: 'write request',
  data: 'DATA',
  ack: 'ACK',
  error: 'ERROR',
  oack: 'OACK',
}

/** Undefined if it is none. `at` is where the packet begins in its frame. */
export const tftpFields = (bytes: Uint8Array, at: number): Field | undefined => {
  const packet = decodeTftp(bytes)
  if (!packet.ok) return undefined
  const { kind } = packet.value
  const children = [field('Operation', `${NAMES[kind]} (${u16At(bytes, 0)})`, at, 2)]
  let value: string = NAMES[kind]
  switch (packet.value.kind) {
    case 'rrq':
    case 'wrq':
      value += ` ${printable(packet.value.file)}`
      children.push(...strings(bytes, 2, at, ['File', 'Mode']))
      break
    case 'oack':
      children.push(...strings(bytes, 2, at, []))
      break
    case 'data': {
      const content = packet.value.bytes
      value += ` ${packet.value.block}, ${content.length} bytes`
      children.push(
        field('Block', String(packet.value.block), at + 2, 2),
        field('Content', `${content.length} bytes: ${preview(content)}`, at + 4, content.length),
      )
      break
    }
    case 'ack':
      value += ` ${packet.value.block}`
      children.push(field('Block', String(packet.value.block), at + 2, 2))
      break
    case 'error':
      value += ` ${packet.value.code}: ${printable(packet.value.message)}`
      children.push(
        field('Code', String(packet.value.code), at + 2, 2),
        field('Message', printable(packet.value.message), at + 4, packet.value.message.length),
      )
  }
  return { label: 'TFTP', value, start: at, end: at + bytes.length, children }
}

/** NUL-terminated texts: those with names first, then options in pairs. */
const strings = (bytes: Uint8Array, start: number, at: number, labels: readonly string[]): Field[] => {
  const texts: { readonly text: string; readonly start: number; readonly end: number }[] = []
  for (let from = start; from < bytes.length;) {
    const nul = bytes.indexOf(0, from)
    const end = nul < 0 ? bytes.length : nul
    texts.push({
      text: printable(latin1Text(bytes, from, end)),
      start: from,
      end: Math.min(end + 1, bytes.length),
    })
    from = end + 1
  }
  const fields = texts
    .slice(0, labels.length)
    .map(({ text, start: from, end }, i) => field(labels[i]!, text, at + from, end - from))
  for (let i = labels.length; i < texts.length; i += 2) {
    const [name, option] = [texts[i]!, texts[i + 1]]
    const end = option?.end ?? name.end
    fields.push(field(`Option ${name.text}`, option?.text ?? '(no value)', at + name.start, end - name.start))
  }
  return fields
}
