/**
 * Binary search in whatever is in ascending order, without an array of its own.
 */

/** How many of `length` ascending values are at most `limit`. */
export const countUpTo = (length: number, valueAt: (index: number) => number, limit: number): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (valueAt(middle) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
