/**
 * The chapter about boot menus and discovery (PXE 2.1 §2.2.3 to §2.2.5).
 */
import { formatIp4 } from '../../../core/address.ts'
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import { DISCOVERY_CONTROL, type PxeVendorOptions } from '../../../wire/pxe/vendor-options.ts'
import type { Clause } from '../../clause.ts'
import { must, notApplicable } from '../../judgement.ts'
import { allAnswers, mustAnswer, mustBeSilent } from '../../probe/ask.ts'
import { bootFileOf } from '../../probe/boot-file.ts'
import { type BootItem, bootRequestMessage, newMachine } from '../../probe/machine.ts'
import type { Probe, ProbeSocket, Procedure } from '../../probe/probe.ts'
import { vendorOf } from '../../survey.ts'
import { inOrder } from '../order.ts'
import { pxeOffer } from '../proxy/offers.ts'

const { noBroadcast, noMulticast, listedServersOnly, bootFileAtOnce } = DISCOVERY_CONTROL
const LOCAL_DISK = 0
/** What EDK2 shows (E-38). */
const MOST_ENTRIES = 24

/** Asked anew, so that the verdict has its packets. */
function* menuOf(probe: Probe): Procedure<PxeVendorOptions> {
  return vendorOf(yield* pxeOffer(probe)) ?? notApplicable('its offer has no option 43')
}

const controlOf = ({ discoveryControl = 0 }: PxeVendorOptions): number => discoveryControl
const itemIn = ({ bootMenu = [] }: PxeVendorOptions): BootItem => ({
  type:
    bootMenu.find(({ type }) => type !== LOCAL_DISK)?.type ??
    notApplicable('its menu has the local disk alone'),
  layer: 0,
})

const discovery = (probe: Probe, socket: ProbeSocket, item: BootItem) => ({
  socket,
  message: bootRequestMessage(newMachine(probe), probe.station.address, item),
})

const MENU: readonly Clause[] = [
  {
    id: 'M01',
    level: 'MUST',
    requirement:
      'Each entry of the menu has a server in the list (43.8), or can be found by a way that is allowed, or has its file in the offer.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['E-40', 'B-19'],
    needs: ['menu'],
    *check(probe) {
      const offer = yield* pxeOffer(probe)
      const vendor = vendorOf(offer)!
      const control = vendor.discoveryControl ?? 0
      const isComplete = (control & bootFileAtOnce) !== 0 && bootFileOf(offer.message) !== undefined
      const isFindable = (control & noBroadcast) === 0 || (control & noMulticast) === 0
      const lost = (vendor.bootMenu ?? []).find(({ type }) => {
        const listed = vendor.bootServers?.find(each => each.type === type)
        const isListed = listed !== undefined && (listed.addresses.length > 0 || isFindable)
        const isFoundUnlisted = isFindable && (control & listedServersOnly) === 0
        return type !== LOCAL_DISK && !isComplete && !isListed && !isFoundUnlisted
      })
      must(
        !lost,
        `"${lost?.text}" (type ${lost?.type}) has no server, and 43.6 = ${control} lets nobody look for one`,
      )
      return `${vendor.bootMenu?.length ?? 0} entries`
    },
  },
  {
    id: 'M02',
    level: 'MUST',
    requirement:
      'Records of the server list (43.8) are whole, and have no address only where another way is allowed.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['B-19'],
    needs: ['pxe'],
    *check(probe) {
      const vendor = yield* menuOf(probe)
      if (!vendor.bootServers) return notApplicable('its offer has no server list')
      const control = controlOf(vendor)
      const isFindable = (control & noBroadcast) === 0 || (control & noMulticast) === 0
      const empty = vendor.bootServers.find(({ addresses }) => addresses.length === 0)
      must(
        !empty || isFindable,
        `type ${empty?.type} has no address, and 43.6 = ${control} allows no other way`,
      )
      must(vendor.bootServers.length > 0, 'the list is empty')
      return vendor.bootServers
        .map(({ type, addresses }) => `${type}: ${addresses.map(formatIp4).join(', ')}`)
        .join('; ')
    },
  },
  {
    id: 'M03',
    level: 'MUST',
    requirement: 'The prompt (43.10) has its time-out and a text of printable characters.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['B-19', 'I-18', 'E-38'],
    needs: ['menu'],
    *check(probe) {
      const { prompt, tags } = yield* menuOf(probe)
      must(prompt !== undefined || !tags.includes(10), 'it has a prompt without a time-out')
      if (!prompt) return notApplicable('its menu has no prompt: clients show it at once')
      must(/^[ -~\u00a0-\u00ff]*$/.test(prompt.text), 'the text has control characters')
      must(prompt.text !== '' || prompt.timeout === 0, `it waits ${prompt.timeout} s, and shows nothing`)
      return `"${prompt.text}", ${prompt.timeout === 255 ? 'without limit' : `${prompt.timeout} s`}`
    },
  },
  {
    id: 'M04',
    level: 'MUST',
    requirement: 'Discovery by broadcast on port 67 is answered where bit 0 of 43.6 allows it.',
    source: 'PXE 2.1 §2.2.4',
    rules: ['S-5', 'E-40'],
    needs: ['menu'],
    *check(probe) {
      const vendor = yield* menuOf(probe)
      const item = itemIn(vendor)
      const control = controlOf(vendor)
      const socket = probe.open(DHCP_PORT.client)
      if ((control & noBroadcast) !== 0) return notApplicable(`43.6 = ${control} keeps clients from it`)
      yield* mustAnswer(
        probe,
        discovery(probe, socket, item),
        `discovery of type ${item.type} by broadcast, which 43.6 = ${control} allows,`,
      )
      return `43.6 = ${control}, and it was answered`
    },
  },
  {
    id: 'M05',
    level: 'MUST',
    requirement: 'Who names a multicast group (43.7) hears discovery on it, on port 4011.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['S-10', 'E-40'],
    needs: ['menu'],
    *check(probe) {
      const vendor = yield* menuOf(probe)
      const { multicastAddress } = vendor
      if (multicastAddress === undefined) return notApplicable('it names no group')
      const socket = probe.open(DHCP_PORT.client)
      const to = { ip: multicastAddress, port: DHCP_PORT.bootServer }
      const what = `discovery on ${formatIp4(multicastAddress)}`
      yield* mustAnswer(probe, { ...discovery(probe, socket, itemIn(vendor)), to }, what)
      return `${what} was answered`
    },
  },
  {
    id: 'M06',
    level: 'MUST',
    requirement:
      'Where only listed servers count (bit 2), a server that is not in the list for a type does not answer for it.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['E-41'],
    needs: ['menu'],
    *check(probe) {
      const vendor = yield* menuOf(probe)
      const control = controlOf(vendor)
      if ((control & listedServersOnly) === 0)
        return notApplicable(`43.6 = ${control}: any server may answer`)
      const listed = vendor.bootServers ?? []
      const others = listed.filter(({ addresses }) => !addresses.includes(probe.server.address))
      const socket = probe.open(DHCP_PORT.client)
      for (const { type } of others)
        yield* mustBeSilent(
          probe,
          discovery(probe, socket, { type, layer: 0 }),
          `type ${type}, for which it lists others,`,
        )
      const own = listed.filter(({ addresses }) => addresses.includes(probe.server.address))
      for (const { type } of own) {
        const all = yield* allAnswers(probe, discovery(probe, socket, { type, layer: 0 }))
        must(
          all.every(({ message }) => message.siaddr === probe.server.address),
          `it answers type ${type} with another siaddr than its list has: EDK2 compares them`,
        )
      }
      return `${listed.length} types in its list, ${own.length} of them its own`
    },
  },
  {
    id: 'M07',
    level: 'FIRMWARE',
    requirement: 'The entry for the local disk (type 0) needs no server, and has none in the list.',
    source: 'PXE 2.1 §2.2.3',
    rules: ['E-39', 'I-18'],
    needs: ['pxe'],
    *check(probe) {
      const { bootMenu = [], bootServers = [] } = yield* menuOf(probe)
      if (!bootMenu.some(({ type }) => type === LOCAL_DISK))
        return notApplicable('its menu has no such entry')
      const entry = bootServers.find(({ type }) => type === LOCAL_DISK)
      must(!entry || entry.addresses.length === 0, 'the list has servers for type 0')
      return 'the local disk has no server'
    },
  },
  {
    id: 'M08',
    level: 'FIRMWARE',
    requirement: `The menu has at most ${MOST_ENTRIES} entries: EDK2 shows no more.`,
    source: 'EDK2',
    rules: ['E-38'],
    needs: ['menu'],
    *check(probe) {
      const { bootMenu = [] } = yield* menuOf(probe)
      must(bootMenu.length <= MOST_ENTRIES, `${bootMenu.length} entries`)
      return `${bootMenu.length} entries`
    },
  },
]

export const MENU_CHAPTER = inOrder('M', 'Boot menu and discovery', [MENU])
