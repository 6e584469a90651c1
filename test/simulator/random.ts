// Randomness that can be repeated: the same seed gives the same fabric, the same order and the same life.

/** Source of numbers in [0, 1). */
export type Random = () => number

/** Small, fast and good enough for a simulation (mulberry32). */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from 0 up to, not including, `below`. */
export const integer = (random: Random, below: number): number => Math.floor(random() * below)

/** One of the given; undefined only when there is none. */
export const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[integer(random, from.length)]

/** `length` random bytes. */
export const bytes = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => integer(random, 256)))

/** Shuffles in place (Fisher–Yates) and returns the same array. */
export const shuffle = <T>(random: Random, items: T[]): T[] => {
  for (let at = items.length - 1; at > 0; at--) {
    const other = integer(random, at + 1)
    const kept = items[at]!
    items[at] = items[other]!
    items[other] = kept
  }
  return items
}
