/** The drawing of a sweep over one parameter. */
import t from 'tap'
import { type CurveChart, drawCurves, positions } from '../../src/report/curve.ts'
import { chartOf } from '../../src/report/text/sweep-chart.ts'
import { SweepSummary, wilson } from '../../src/experiments/sweep/summary.ts'

const CHART: CurveChart = {
  title:
    'Who answers <first> & why, "told" at a length that does not fit on one line of a drawing of this width',
  parameter: 'servers.nbs-b.responseDelay',
  values: ['0ms', '5ms', '10ms'],
  panels: [
    {
      name: 'edk2',
      series: [
        { name: 'nbs-a', points: [wilson(0, 50), wilson(25, 50), wilson(50, 50)] },
        { name: 'nbs-b', points: [wilson(50, 50), undefined, wilson(0, 50)] },
      ],
    },
    { name: 'ipxe', series: [{ name: 'nbs-b', points: [wilson(1, 2), wilson(1, 2), wilson(1, 2)] }] },
  ],
}

/** Every element is closed in its turn, every attribute quoted: all that a parser could object to in our output. */
const openElements = (svg: string): string[] => {
  const open: string[] = []
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<&]*")*)(\/?)>/g,
    (_all, end, name, _attributes, empty) => {
      if (end) {
        if (open.pop() !== name) throw new Error(`</${name}> closes nothing`)
      } else if (!empty) open.push(name as string)
      return ''
    },
  )
  if (/[<>]/.test(rest)) throw new Error(`not an element: ${/.{0,40}[<>].{0,40}/.exec(rest)![0]}`)
  if (/&(?!(amp|lt|gt|quot);)/.test(rest)) throw new Error('a bare ampersand')
  return open
}
const all = (svg: string, pattern: RegExp): string[] => [...svg.matchAll(pattern)].map(match => match[1]!)

t.test('a panel per firmware, a curve per server, bands where the interval lies', async t => {
  const svg = drawCurves(CHART)
  t.same(openElements(svg), [])
  t.same(all(svg, /class="name"[^>]*>([^<]*)</g), ['edk2', 'ipxe'])
  const curves = all(svg, /<polyline class="s\d" points="([^"]*)"/g)
  t.equal(curves.length, 3)
  const [first, second] = curves as [string, string]
  const at = first.split(' ').map(point => point.split(',').map(Number) as [number, number])
  t.same(
    at.map(([x]) => x),
    [72, 352, 632],
    'on the scale',
  )
  const [bottom, middle, top] = at.map(([, y]) => y) as [number, number, number]
  t.equal(middle, (bottom + top) / 2, 'half way up')
  t.ok(bottom > top, 'more is higher')
  t.equal(second, `72,${top} 632,${bottom}`, 'what is not known is left out')
  const bands = all(svg, /<polygon class="band b\d" points="([^"]*)"/g).map(band =>
    band.split(' ').map(point => Number(point.split(',')[1])),
  )
  const { low, high } = wilson(25, 50)
  const y = (share: number): string => (bottom - share * (bottom - top)).toFixed(1)
  t.same([bands[0]![1]!.toFixed(1), bands[0]![4]!.toFixed(1)], [y(high), y(low)])
  t.match(svg, /aria-labelledby="title desc"/)
  t.match(
    svg,
    /<desc id="desc">Share of machines won over servers\.nbs-b\.responseDelay from 0ms to 10ms.*nbs-a 0\.0 % to 100\.0 %/,
  )
  t.match(svg, /@media \(prefers-color-scheme:dark\)/)
  t.match(svg, /Who answers &lt;first&gt; &amp; why, &quot;told&quot;/)
  t.equal(all(svg, /class="title"[^>]*>([^<]*)</g).length, 2, 'a long title takes two lines')
  const style = (name: string): string[] =>
    all(svg, new RegExp(`<line class="(s\\d)"[^>]*/><text[^>]*>${name}<`, 'g'))
  t.same([style('nbs-a'), style('nbs-b')], [['s0'], ['s1', 's1']], 'a server looks the same in every panel')
})

t.test('where values stand', async t => {
  t.same(positions(['0ms', '250us', '1ms']), [0, 0.25, 1], 'by time, whatever the unit')
  t.same(positions(['0', '1', '4']), [0, 0.25, 1])
  t.same(positions(['edk2', 'ipxe', '5ms']), [0, 0.5, 1], 'names: evenly')
  t.same(positions(['1ms', '2', '3']), [0, 0.5, 1], 'not of one kind: evenly')
  t.same(positions(['0ms', '1ms', '5s']), [0, 0.5, 1], 'no room on the scale: evenly')
  t.same(positions(['1ms', '1000us']), [0, 1], 'the same twice')
  t.same(positions(['5']), [0.5])
})

t.test('ticks do not overlap', async t => {
  const values = [...Array(101).keys()].map(number => `${number * 100}ms`)
  const svg = drawCurves({ ...CHART, values, panels: [{ name: 'edk2', series: [] }] })
  const shown = [...svg.matchAll(/class="quiet" x="([\d.]+)" y="\d+" text-anchor="middle">(\d+ms)</g)]
  t.ok(shown.length > 5 && shown.length < 15, `${shown.length} of 101`)
  t.equal(shown[0]![2], '0ms')
})

t.test('a summary as a chart', async t => {
  const summary = new SweepSummary()
  const outcomes = { booted: 0, localDisk: 0, failed: 0, pending: 0 }
  const base = {
    group: 'pc',
    firmware: 'edk2',
    profile: '2022',
    arch: 'x64-uefi',
    machines: 4,
    outcomes,
    codes: {},
  }
  const seconds = { p50: 1, max: 1 }
  summary.add({
    run: 0,
    seed: 1,
    vary: { x: '1' },
    groups: [{ ...base, winners: { a: { booted: 1 }, '-': { failed: 3 } }, seconds }],
  })
  summary.add({
    run: 2,
    seed: 1,
    vary: { x: '3' },
    groups: [{ ...base, winners: { b: { booted: 4 } }, seconds }],
  })
  t.same(chartOf({ title: 'T', vary: [{ path: 'x', values: ['1', '2', '3'] }] }, summary.cells()), {
    title: 'T',
    parameter: 'x',
    values: ['1', '2', '3'],
    panels: [
      {
        name: 'edk2',
        series: [
          { name: 'b', points: [wilson(0, 4), undefined, wilson(4, 4)] },
          { name: 'a', points: [wilson(1, 4), undefined, wilson(0, 4)] },
          { name: 'no server', points: [wilson(3, 4), undefined, wilson(0, 4)] },
        ],
      },
    ],
  })
})
