/**
 * Finds what was probably meant by a misspelt name. Does not decide that it was misspelt. Its own twenty lines, because
 * packages such as fastest-levenshtein count two swapped letters, the commonest slip, as two changes.
 */

/** The closest candidate by edit distance, if it is close enough to be worth saying; the first of equals. */
export const nearestName = (name: string, candidates: Iterable<string>): string | undefined => {
  const wanted = name.slice(0, LONGEST).toLowerCase()
  const tolerance = Math.max(2, Math.ceil(wanted.length / 2) - 1)
  let best: string | undefined
  let bestDistance = tolerance + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Names longer than this are nobody's misspelling, and must not cost quadratic time. */
const LONGEST = 64

/** Levenshtein, with a swap of neighbours counted as one (optimal string alignment). */
const editDistance = (a: string, b: string): number => {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, before[j - 2]! + 1)
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}
