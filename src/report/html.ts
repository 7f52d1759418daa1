/**
 * The report: the viewer's page with recordings in it, one file that opens from disk and asks nobody for anything.
 * Does not draw: `viewer/` does.
 */
import type { Recording } from '../scenario/recording.ts'

/** Where the viewer's page holds what it is to show. */
const DOOR = '<script type="application/json" id="recordings">'

/** `page` is `dist/viewer/viewer.html`; the title is what the browser's tab shows. */
export const reportHtml = (page: string, recordings: readonly Recording[]): string => {
  const title = recordings.length === 1 ? recordings[0]!.result.title : `${recordings.length} runs`
  return embed(page, JSON.stringify(recordings)).replace(
    /<title>[^<]*<\/title>/,
    () => `<title>${escapeHtml(title)} · nbs-lab</title>`,
  )
}

/** JSON in the page's door. */
const embed = (page: string, json: string): string => {
  const at = page.indexOf(DOOR)
  if (at < 0) throw new RangeError('this page of the viewer has no place for recordings')
  const inside = at + DOOR.length
  // `<` ends a script element wherever it stands, and JSON may write it otherwise.
  return page.slice(0, inside) + json.replace(/</g, '\\u003c') + page.slice(inside)
}

const escapeHtml = (text: string): string => text.replace(/[<&>]/g, char => `&#${char.charCodeAt(0)};`)
