import t from 'tap'
import { whoIsMeant } from '../../src/report/whom.ts'

const MACHINES = [
  { name: 'pc-1', mac: '00:50:56:00:00:01', addresses: ['10.0.0.100'], group: 'pc' },
  { name: 'pc-2', mac: '00:50:56:00:00:02', addresses: ['10.0.0.101'], group: 'pc' },
  { name: 'old', mac: '00:50:56:00:01:01', addresses: ['10.0.0.100'] },
]

const said = (who: string, machines = MACHINES): string => {
  const meant = whoIsMeant(who, machines)
  return meant.ok ? meant.machine.name : meant.why
}

t.test('a machine, however it is called', async t => {
  for (const who of [
    'pc-2',
    '00:50:56:00:00:02',
    '00-50-56-00-00-02',
    '0050.5600.0002',
    '005056000002',
    '10.0.0.101',
  ])
    t.equal(said(who), 'pc-2', who)
  t.equal(said('01:01'), 'old', 'the end of a MAC, as labels have it')
})

t.test('what is not clear is listed', async t => {
  const both = 'pc-1 (00:50:56:00:00:01, 10.0.0.100), old (00:50:56:00:01:01, 10.0.0.100)'
  t.equal(said('10.0.0.100'), `"10.0.0.100" may be any of 2 machines: ${both}`)
  t.match(said('pc'), /^"pc" may be any of 2 machines: pc-1 .*, pc-2 /)
  t.match(said('cp-1'), /^there is no machine "cp-1"; did you mean pc-1\?; there are pc-1 /)
  t.equal(said('10.0.0.9', []), 'there is no machine "10.0.0.9"; no machine asked here')
})
