/**
 * An imported scenario made smaller, as long as every machine still does what it did. Does not know how a scenario is
 * shrunk.
 */
import { parse } from 'yaml'
import { shrink } from '../experiments/shrink/shrink.ts'
import type { Loaded } from '../scenario/load.ts'
import type { Run, RunSurroundings } from '../simulation/run.ts'
import { byMac, differencesOf, weightOf } from './check.ts'
import type { ScenarioObject } from './draft.ts'
import { type Imported, seenIn, storiesIn } from './import.ts'
import { yamlOf } from './yaml.ts'

export interface SimplifySetup {
  readonly load: (yaml: string) => Loaded
  readonly surroundings: RunSurroundings
  readonly onProgress?: ((runs: number) => void) | undefined
}

/** Runs of one search; each is of the whole scenario. */
const MAX_RUNS = 300

/** The smaller text. Comments stay where their values do. */
export const simplify = ({ yaml, draft, stories, trace }: Imported, setup: SimplifySetup): string => {
  const weighed = ({ trace }: Pick<Run, 'trace'>): number[] => {
    const again = byMac(storiesIn(seenIn(trace)))
    return stories.map(story => weightOf(differencesOf(story, again.get(story.machine.mac))))
  }
  const { onProgress } = setup
  const before = weighed({ trace })
  const outcome = shrink(yaml, {
    load: setup.load,
    surroundings: setup.surroundings,
    maxRuns: MAX_RUNS,
    ...(onProgress && { onProgress: ({ runs }) => onProgress(runs) }),
    request: {
      kind: 'check',
      text: 'every machine does what the capture shows',
      machines: [],
      shows: run => weighed(run).every((weight, at) => weight <= before[at]!),
    },
  })
  return 'shrunk' in outcome
    ? yamlOf({ ...draft, object: parse(outcome.shrunk.text) as ScenarioObject })
    : yaml
}
