/** Server programs of this computer, held against a few clauses on a virtual segment. */
import t from 'tap'
import { check } from '../../src/index.ts'
import { requireProgram } from '../lab.ts'

const on = { on: 'lab', address: '10.50.0.2' } as const
const images = { 'boot.efi': 40_960 }

t.test('dnsmasq as DHCP and TFTP server: many packets one after another', async t => {
  if (!requireProgram(t, 'dnsmasq')) return
  const { clauses } = await check(
    {
      title: 'dnsmasq',
      subnets: { lab: { cidr: '10.50.0.0/24' } },
      servers: {
        dnsmasq: {
          kind: 'program',
          ...on,
          program: 'dnsmasq',
          pool: '10.50.0.100-10.50.0.199',
          bootFile: 'boot.efi',
          images,
        },
      },
    },
    { only: ['D01', 'T01', 'T02', 'T10', 'T13', 'T24'] },
  )
  t.same(
    clauses.filter(({ verdict }) => verdict !== 'passed').map(({ id, because }) => `${id}: ${because}`),
    [],
  )
})
