/**
 * The numbers of a sweep: for each value who won how often, what became of the machines, and how long it took.
 */
import { type Found, intervalText, percent, serverText, wonBy } from './shares.ts'
import { OUTCOMES, OUTCOME_TEXT } from '../../core/outcome.ts'

export const SweepTable = ({
  axis,
  found,
  servers,
}: {
  axis: string | undefined
  found: readonly Found[]
  servers: readonly string[]
}) => {
  const outcomes = OUTCOMES.filter(outcome =>
    found.some(({ firmware }) => firmware.outcomes[outcome].machines > 0),
  )
  const codes = [...new Set(found.flatMap(({ firmware }) => Object.keys(firmware.codes)))].sort()
  return (
    <div class="table-frame" tabIndex={0} role="region" aria-label="Numbers">
      <table>
        <thead>
          <tr>
            {axis !== undefined && <th scope="col">{axis}</th>}
            <th scope="col">machines</th>
            {servers.map(server => (
              <th key={server} scope="col">
                won by {serverText(server)}
              </th>
            ))}
            {outcomes.map(outcome => (
              <th key={outcome} scope="col">
                {OUTCOME_TEXT[outcome]}
              </th>
            ))}
            <th scope="col">median</th>
            <th scope="col">slowest</th>
            {codes.length > 0 && <th scope="col">codes</th>}
          </tr>
        </thead>
        <tbody>
          {found.map(({ vary, firmware }, index) => (
            <tr key={index}>
              {axis !== undefined && <th scope="row">{vary[axis]}</th>}
              <td>{firmware.machines.toLocaleString('en')}</td>
              {servers.map(server => {
                const won = wonBy(server, firmware)
                return (
                  <td key={server}>
                    {percent(won.share)} <small>({intervalText(won)})</small>
                  </td>
                )
              })}
              {outcomes.map(outcome => (
                <td key={outcome}>{percent(firmware.outcomes[outcome].share)}</td>
              ))}
              <td>{firmware.seconds.median.toFixed(2)} s</td>
              <td>{firmware.seconds.max.toFixed(2)} s</td>
              {codes.length > 0 && (
                <td>
                  {Object.entries(firmware.codes)
                    .map(([code, count]) => `${code} ${count.toLocaleString('en')}`)
                    .join(', ')}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
