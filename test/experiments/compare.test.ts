/**
 * One machine of each firmware in turn: all with the same MAC, place and moment, so that only the firmware differs.
 */
import t from 'tap'
import { FIRMWARE_FAMILIES } from '../../src/firmware/catalogue.ts'
import { reportComparison, verdictOf } from '../../src/report/compare.ts'
import { compareFirmware } from '../../src/experiments/compare.ts'
import { runScenario } from '../../src/simulation/run.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { fileScenario } from '../simulation/running.ts'

const plain = (text: string): string => text
const colourless = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

const shipped = (name: string) => fileScenario(`scenarios/${name}.yaml`)

t.test('four families on a contended subnet disagree, and the sentence says who boots from whom', async t => {
  const scenario = shipped('mixed-firmware')
  const comparison = compareFirmware(scenario, surroundingsOf(scenario))!
  const fates = comparison.machines.map(({ label, arch, outcome, pxeServer }) => [
    label,
    arch,
    outcome,
    pxeServer,
  ])
  t.strictSame(fates.slice(0, 5), [
    ['edk2', 'x64-uefi', 'localDisk', 'nbs-b'],
    ['ipxe', 'x86-bios', 'booted', 'nbs-a'],
    ['ipxe-efi', 'x64-uefi', 'booted', 'nbs-a'],
    ['u-boot', 'arm64-u-boot', 'failed', null],
    ['bios-rom', 'x86-bios', 'localDisk', 'nbs-b'],
  ])
  t.match(
    verdictOf(comparison),
    /^The firmwares disagree: edk2 and bios-rom go to the local disk, sent there by nbs-b; ipxe and ipxe-efi boot from nbs-a; u-boot \(.*\) and apple \(flashing globe\) fail\.$/,
  )
  const text = reportComparison(comparison, colourless)
  t.equal(text.filter(line => /^(edk2|ipxe|ipxe-efi|u-boot|bios-rom) /.test(line)).length, 5)
})

t.test('a file that DHCP names itself is told as its own', async t => {
  const scenario = shipped('nbs-beside-dhcp-boot-options')
  t.equal(
    verdictOf(compareFirmware(scenario, surroundingsOf(scenario))!),
    "The firmwares disagree: ipxe, ipxe-efi and u-boot boot dhcp's own file installer.0; edk2 and bios-rom boot from nbs; apple (flashing globe) fails.",
  )
})

t.test('agreement is said as such', async t => {
  const scenario = shipped('option-60-left-on-dhcp')
  const comparison = compareFirmware(scenario, surroundingsOf(scenario))!
  t.equal(comparison.groups.length, 1)
  t.match(verdictOf(comparison), /^All firmware agrees: edk2 \(PXE-E16\), ipxe \(2d03e13b\),/)
})

t.test('decisions by MAC and the moment of power-on apply to each of them', async t => {
  const scenario = shipped('two-nbs-one-subnet')
  const { result } = runScenario(scenario, surroundingsOf(scenario))
  for (const name of ['pc-1', 'pc-4', 'pc-12']) {
    const options = { client: name, amongOthers: true }
    const comparison = compareFirmware(scenario, surroundingsOf(scenario), options)!
    const own = result.clients.find(client => client.name === name)!
    t.strictSame(comparison.machine, { name, mac: own.mac, subnet: 'office' })
    t.ok(comparison.machines.every(({ mac }) => mac === own.mac))
    const edk2 = comparison.machines.find(({ label }) => label === 'edk2')!
    t.strictSame(
      [edk2.outcome, edk2.pxeServer, edk2.seconds],
      [own.outcome, own.pxeServer, own.seconds],
      `${name} in its own stead fares as it does`,
    )
  }
})

t.test(
  'alone, nobody else draws from the servers before it, but place, MAC and moment are the same',
  async t => {
    const scenario = shipped('two-nbs-one-subnet')
    const comparison = compareFirmware(scenario, surroundingsOf(scenario), { client: 'pc-4' })!
    t.strictSame(comparison.machine, { name: 'pc-4', mac: '00:50:56:00:00:04', subnet: 'office' })
    t.ok(comparison.machines.every(({ name, screen }) => name === 'pc-4' && screen.length > 0))
    t.strictSame(
      compareFirmware(scenario, surroundingsOf(scenario), { client: 'pc-4' }),
      comparison,
      'the same twice',
    )
  },
)

t.test('the machine keeps its own architecture and profile in its own family', async t => {
  const scenario = fileScenario('test/fixtures/compare/old-arm.yaml')
  const machines = compareFirmware(scenario, surroundingsOf(scenario))!.machines
  const edk2 = machines.find(({ label }) => label === 'edk2')!
  t.strictSame([edk2.profile, edk2.arch], ['2010-2017', 'arm64-uefi'])
  t.equal(machines.find(({ label }) => label === 'ipxe')!.arch, 'x86-bios')
})

t.test('all profiles: each of each family, and families are told once', async t => {
  const scenario = shipped('two-nbs-one-subnet')
  const options = { client: 'pc-4', allProfiles: true }
  const comparison = compareFirmware(scenario, surroundingsOf(scenario), options)!
  const expected = FIRMWARE_FAMILIES.flatMap(({ name, profiles }) =>
    Object.keys(profiles).map(profile => `${name} ${profile}`),
  )
  const labels = comparison.machines.map(({ label }) => label)
  t.strictSame(
    labels.filter(label => !label.startsWith('ipxe-efi ')),
    expected,
  )
  t.match(
    verdictOf(comparison),
    /edk2 \(2022, pre-2019, skips-malformed, ovmf-http\), all ipxe, all ipxe-efi and all bios-rom[; ]/,
  )
})

t.test('a machine that is not there is not made up', async t => {
  const scenario = shipped('one-nbs')
  t.equal(compareFirmware(scenario, surroundingsOf(scenario), { client: 'pc-99' }), undefined)
})
