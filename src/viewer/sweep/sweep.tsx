/**
 * A sweep: how often who won, by firmware, and how that changes over a varied parameter. The table beside each drawing
 * says the same in numbers. Does not count anything.
 */
import { useMemo, useState } from 'preact/hooks'
import type { FirmwareSummary, SweepReport } from '../../experiments/sweep/summary.ts'
import { useTheme } from '../hooks.ts'
import { colourByName } from '../draw/palette.ts'
import { Bars, Curve } from './chart.tsx'
import { firmwaresOf, winnersOf, wonBy } from './shares.ts'
import { SweepTable } from './table.tsx'

/** With fewer runs, or a smaller effect, there is nothing to warn of. */
const WARN = { runs: 30, effect: 2 }

export const SweepView = ({ report }: { report: SweepReport }) => {
  const theme = useTheme()
  const several = report.vary.filter(({ values }) => values.length > 1)
  const [axis, setAxis] = useState(several[0]?.path)
  const [fixed, setFixed] = useState<Readonly<Record<string, string>>>({})
  const others = several.filter(({ path }) => path !== axis)
  const valueOf = (path: string) => fixed[path] ?? report.vary.find(one => one.path === path)!.values[0]!
  const names = useMemo(() => winnersOf(report), [report])
  const colourOf = useMemo(() => colourByName(names, theme), [names, theme])
  const cells = report.cells.filter(({ vary }) => others.every(({ path }) => vary[path] === valueOf(path)))
  return (
    <main class="sweep">
      {several.length > 1 && (
        <form class="axes panel" aria-label="What is drawn" onSubmit={event => event.preventDefault()}>
          <label>
            Over{' '}
            <select value={axis} onChange={event => setAxis(event.currentTarget.value)}>
              {several.map(({ path }) => (
                <option key={path}>{path}</option>
              ))}
            </select>
          </label>
          {others.map(({ path, values }) => (
            <label key={path}>
              {path}{' '}
              <select
                value={valueOf(path)}
                onChange={event => setFixed({ ...fixed, [path]: event.currentTarget.value })}
              >
                {values.map(value => (
                  <option key={value}>{value}</option>
                ))}
              </select>
            </label>
          ))}
        </form>
      )}
      {report.cells.length === 0 && <p class="empty">No run of this sweep is done.</p>}
      {firmwaresOf(cells).map(([name, found]) => {
        const servers = names.filter(server =>
          found.some(({ firmware }) => wonBy(server, firmware).machines > 0),
        )
        const worst = Math.max(...found.map(({ firmware }) => effectOf(firmware)))
        return (
          <section key={name} class="panel card" aria-label={name}>
            <h2>{name}</h2>
            <div class="card-views">
              {axis === undefined ? (
                <Bars firmware={found[0]!.firmware} servers={servers} colourOf={colourOf} />
              ) : (
                <Curve
                  parameter={axis}
                  values={report.vary.find(({ path }) => path === axis)!.values}
                  series={servers.map(server => ({
                    server,
                    shares: new Map(
                      found.map(({ vary, firmware }) => [vary[axis]!, wonBy(server, firmware)]),
                    ),
                  }))}
                  colourOf={colourOf}
                />
              )}
              <SweepTable axis={axis} found={found} servers={servers} />
            </div>
            {worst >= WARN.effect && (
              <p class="effect">
                Machines of one run share their fate: read the intervals as up to{' '}
                {Math.sqrt(worst).toFixed(1)} times as wide, or use more seeds.
              </p>
            )}
          </section>
        )
      })}
    </main>
  )
}

const effectOf = ({ runs, designEffect }: FirmwareSummary): number => (runs >= WARN.runs ? designEffect : 1)
