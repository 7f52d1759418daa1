/**
 * The report: the viewer's page with recordings of runs or a sweep in it, one file that opens from disk and asks nobody for anything.
 * Does not draw: `viewer/` does.
 */
import type { Recording } from '../simulation/recording.ts'
import type { SweepReport } from '../experiments/sweep/summary.ts'

/** Where the viewer's page holds what it is to show. */
const DOOR = '<script type="application/json" id="recordings">'

/** `page` is `dist/viewer/viewer.html`; the title is what the browser's tab shows. */
export const reportHtml = (page: string, documents: readonly (Recording | SweepReport)[]): string => {
  const [first] = documents
  const title = documents.length === 1 ? titleOf(first!) : `${documents.length} runs`
  return embed(page, JSON.stringify(documents)).replace(
    /<title>[^<]*<\/title>/,
    () => `<title>${escapeHtml(title)} · nbs-lab</title>`,
  )
}

const titleOf = (document: Recording | SweepReport): string =>
  'result' in document ? document.result.title : document.title

/** JSON in the page's door. */
const embed = (page: string, json: string): string => {
  const at = page.indexOf(DOOR)
  if (at < 0) throw new RangeError('this page of the viewer has no place for recordings')
  const inside = at + DOOR.length
  // `<` ends a script element wherever it stands, and JSON may write it otherwise.
  return page.slice(0, inside) + json.replace(/</g, '\\u003c') + page.slice(inside)
}

const escapeHtml = (text: string): string => text.replace(/[<&>]/g, char => `&#${char.charCodeAt(0)};`)
