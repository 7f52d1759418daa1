/**
 * What an OACK says, as its receiver reads it: sizes, and the first thing wrong with it. Does not decide what a fault
 * leads to; firmware differs in that.
 */
import type { TftpOptions } from '../../wire/tftp/packet.ts'
import { DEFAULT_BLOCK_SIZE, MAX_BLOCK_SIZE, MAX_WINDOW_SIZE, decimal } from './negotiation.ts'

export interface OackTerms {
  readonly blockSize: number
  readonly windowSize: number
  readonly size: number | undefined
  readonly faults: readonly OackFault[]
}

export interface OackFault {
  /** `value`: no number, or none that can be meant (iPXE once divided by a block size of 0). */
  readonly kind: 'raised' | 'unasked' | 'value'
  readonly text: string
}

export const readOack = (options: TftpOptions, asked: TftpOptions): OackTerms => {
  const faults: OackFault[] = []
  let blockSize = DEFAULT_BLOCK_SIZE
  let windowSize = 1
  let size: number | undefined
  const found = (kind: OackFault['kind'], text: string): void => void faults.push({ kind, text })
  for (const [name, text] of options) {
    const key = name.toLowerCase()
    const wish = asked.find(([other]) => other.toLowerCase() === key)
    if (!wish) found('unasked', `${name} was not asked for`)
    const value = decimal(text)
    const most = key === 'blksize' ? MAX_BLOCK_SIZE : key === 'windowsize' ? MAX_WINDOW_SIZE : undefined
    if (most !== undefined) {
      if (value === undefined || value < 1 || value > most) {
        found('value', `${name} ${text}`)
        continue
      }
      if (wish && value > (decimal(wish[1]) ?? Infinity))
        found('raised', `${name} raised from ${wish[1]} to ${text}`)
      if (key === 'blksize') blockSize = value
      else windowSize = value
    } else if (key === 'tsize') {
      if (value === undefined) found('value', `${name} ${text}`)
      else size = value
    }
  }
  return { blockSize, windowSize, size, faults }
}
