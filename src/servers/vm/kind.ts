/**
 * `kind: vm`: a server that is a virtual machine, booted from a disk image that stays as it is. Does not start it.
 */
import { z } from 'zod'
import { SECOND } from '../../core/micros.ts'
import { instant, ip4, leaf, mac, whole, word, words } from '../../document/parts.ts'
import { type Parsed, kindOf, parsed, wrong } from '../../document/quantities.ts'
import { attachedServer } from '../attached/server.ts'
import { serverKind } from '../kind.ts'
import { cardFor } from '../parts/card.ts'
import { checkFile } from '../parts/files.ts'
import { place } from '../parts/place.ts'

/** Mebibytes of memory that a machine may have. */
const MEMORY = { least: 16, most: 65_536 }
const USUAL_MEMORY = '1G'

const readMemory = (value: unknown): Parsed<number> => {
  if (typeof value !== 'string') return wrong(`expected memory such as 512M or 4G, got ${kindOf(value)}`)
  const [, number, unit] = /^(\d+)\s*([MG])i?B?$/i.exec(value.trim()) ?? []
  if (number === undefined) return wrong(`"${value}" is not memory; write it as 512M or 4G`)
  const mebibytes = Number(number) * (unit!.toUpperCase() === 'G' ? 1024 : 1)
  return mebibytes >= MEMORY.least && mebibytes <= MEMORY.most
    ? parsed(mebibytes)
    : wrong(`memory is ${MEMORY.least}M to ${MEMORY.most / 1024}G`)
}
const memory = leaf(readMemory, { type: 'string', pattern: '^\\d+[MG]$', examples: ['512M', '4G'] })

export const vmKind = serverKind({
  kind: 'vm',
  form: z.strictObject({
    kind: z.literal('vm').describe('A virtual machine of QEMU as a server, from its disk'),
    ...place,
    address: ip4
      .prefault('0.0.0.0')
      .describe(
        'Its address on the subnet, as it is set in it; without one, messages call it by what it sends',
      ),
    disk: words.describe(
      'Disk image (qcow2, raw, vmdk, vdi, vhdx), relative to this file; nothing is written to it',
    ),
    memory: memory.prefault(USUAL_MEMORY).describe('Memory: 512M, 4G'),
    processors: whole(1, 16).prefault(1).describe('Processors'),
    firmware: word('bios', 'uefi').prefault('bios').describe('How it starts'),
    card: word('virtio', 'e1000e')
      .prefault('virtio')
      .describe('Network card; Windows without drivers needs e1000e'),
    mac: mac.optional().describe("MAC address of its card; default: made from the server's address"),
    ready: words
      .optional()
      .describe('It is ready when its serial console shows this; default: when it has sent its first frame'),
    readyWithin: instant.prefault('300s').describe('How long it may take for that'),
  }),
  services: ['vm'],
  paced: true,

  resolve(form, { server, check, fileExists }) {
    checkFile(check.at('disk'), fileExists, form.disk)
    return { ...server, ...form, link: server.link, pools: server.pools }
  },

  attach({ name, disk, memory: mebibytes, processors, firmware, card, ready, readyWithin }, context) {
    const { jack, clock, trace, attachments } = context
    return attachedServer({
      name,
      what: 'the virtual machine',
      jack,
      clock,
      trace,
      open: onLog =>
        attachments.machines.start({
          name,
          mac: jack.mac,
          disk,
          memory: mebibytes,
          processors,
          firmware,
          card,
          ready,
          readyWithin: readyWithin / (SECOND / 1000),
          onLog,
        }),
    })
  },

  cardOf: ({ mac: written, address, name }) => written ?? cardFor(address, name),
  role: () => 'a virtual machine',
})
