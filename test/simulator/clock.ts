// Time as the simulator sees it, handed in so that a test can govern it.

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Runs `action` once after `ms`; the returned function calls it off. Never keeps the process alive by itself. */
  after(ms: number, action: () => void): () => void
}

/** Longest delay that setTimeout takes; anything later is as good as never in a test run. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The time of day. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, Math.min(Math.max(0, ms), LONGEST_TIMER))
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  }
}

/** The time of day, as a clock tells it that somebody sets. */
export class ShiftedClock implements Clock {
  private shift = 0

  now(): number {
    return systemClock.now() + this.shift
  }

  after(ms: number, action: () => void): () => void {
    return systemClock.after(ms, action)
  }

  /** From now on it tells another time: an earlier one where this is negative. */
  jump(ms: number): void {
    this.shift += ms
  }
}

/** A clock that stands still until it is asked to go on: `advance` runs what has become due, in order. */
export class ManualClock implements Clock {
  private readonly due: { at: number; action: () => void }[] = []

  constructor(private time: number = Date.parse('2026-03-01T12:00:00.000Z')) {}

  now(): number {
    return this.time
  }

  after(ms: number, action: () => void): () => void {
    const entry = { at: this.time + ms, action }
    this.due.push(entry)
    return () => {
      const at = this.due.indexOf(entry)
      if (at >= 0) this.due.splice(at, 1)
    }
  }

  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const next = this.due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.due.splice(this.due.indexOf(next), 1)
      this.time = Math.max(this.time, next.at)
      next.action()
    }
    this.time = end
  }

  /** Sets the time without running anything, as when an administrator corrects the date. */
  jump(ms: number): void {
    this.time += ms
    for (const entry of this.due) entry.at += ms
  }
}

/**
 * ISO 8601 with milliseconds and an offset, the way an APIC writes times: `2020-04-13T10:43:19.237+00:00`.
 * @param offset such as `+00:00` or `-04:00`
 */
export const isoTime = (epochMs: number, offset: string): string => {
  const match = /^([+-])(\d\d):(\d\d)$/.exec(offset)
  const minutes = match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0
  return new Date(epochMs + minutes * 60_000).toISOString().slice(0, -1) + offset
}
