// What the APIC stand-in says: ten thousand faults, and socket frames that change them, serialised before anything is
// measured.

/** Objects of the class that is subscribed to. */
export const OBJECTS = 10_000

/** All of a fault's attributes in each frame, or only those that changed. */
export type FrameKind = 'full' | 'sparse'

/** One id for every session: frames can then be made beforehand. */
export const SUBSCRIPTION_ID = '72057598349803562'

/** States that each object goes through in turn, none of them the one that a read shows. */
const STATES = [
  { severity: 'warning', lc: 'raised', prevSeverity: 'cleared' },
  { severity: 'cleared', lc: 'retaining', prevSeverity: 'warning' }
]

/** Digits for the time of sending, microseconds. */
const STAMP_LENGTH = 16
const NO_STAMP = '0'.repeat(STAMP_LENGTH)
const STAMP = new RegExp(`\\(sent (\\d{${STAMP_LENGTH}})\\)`)

const PORTS = 40
const CODES = 10
const EPOCH = Date.UTC(2026, 10, 23)

/** The time of sending that {@link Frames.stamp} wrote into a fault's description, microseconds. */
export function sentAt(descr: string): number {
  return Number(STAMP.exec(descr)?.[1])
}

/** This machine's monotonic clock, microseconds: the same for all of its processes. */
export function clock(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

export function dnOf(index: number): string {
  const node = 101 + Math.floor(index / (PORTS * CODES))
  const port = 1 + (Math.floor(index / CODES) % PORTS)
  return `topology/pod-1/node-${node}/sys/phys-[eth1/${port}]/phys/fault-F${381_320 + (index % CODES)}`
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00')
}

function attributesOf(index: number, state: Partial<(typeof STATES)[number]>, time: string): Record<string, string> {
  return {
    ack: 'no',
    alert: 'no',
    cause: 'threshold-crossed',
    changeSet: 'crcLast (Old: 12, New: 0)',
    childAction: '',
    code: `F${381_320 + (index % CODES)}`,
    created: '2026-11-12T05:00:05.650+00:00',
    delegated: 'no',
    descr: `TCA: CRC Align Errors current value(eqptIngrErrPkts5min:crcLast) value 0% fell below threshold 1% (sent ${NO_STAMP})`,
    dn: dnOf(index),
    domain: 'infra',
    extMngdBy: '',
    highestSeverity: 'warning',
    lastTransition: time,
    lc: 'soaking',
    modTs: 'never',
    occur: '1',
    origSeverity: 'warning',
    prevSeverity: 'warning',
    rn: '',
    rule: 'tca-eqpt-ingr-err-pkts5min-crc-last',
    severity: 'cleared',
    status: '',
    subject: 'counter',
    title: '',
    type: 'operational',
    userdom: 'all',
    ...state
  }
}

/** The object as a read shows it, as JSON. */
export function objectText(index: number): string {
  return JSON.stringify({ faultInst: { attributes: attributesOf(index, {}, iso(EPOCH)) } })
}

function frameText(kind: FrameKind, index: number, state: number): string {
  // Each change has a time of its own, so nothing that is derived from it can be used twice.
  const time = iso(EPOCH + 60_000 + (state * OBJECTS + index) * 7)
  const changed = { ...STATES[state], occur: String(2 + state), lastTransition: time }
  const event = { childAction: '', dn: dnOf(index), modTs: time, rn: '', status: 'modified' }
  const attributes =
    kind === 'full' ? { ...attributesOf(index, {}, time), ...event, ...changed } : { ...event, ...changed }
  return JSON.stringify({ subscriptionId: [SUBSCRIPTION_ID], imdata: [{ faultInst: { attributes } }] })
}

/** An unmasked text frame of a websocket, as servers send them. */
function encode(text: string): Buffer {
  const payload = Buffer.from(text)
  const isShort = payload.length < 126
  const header = Buffer.alloc(isShort ? 2 : 4)
  header[0] = 0x81
  header[1] = isShort ? payload.length : 126
  if (!isShort) header.writeUInt16BE(payload.length, 2)
  return Buffer.concat([header, payload])
}

/** Every frame that is ever sent, one after the other in one buffer; the sequence has no end, it begins anew. */
export class Frames {
  readonly count: number
  /** Length of a typical frame's JSON, bytes. */
  readonly size: number
  private readonly bytes: Buffer
  private readonly starts: number[] = []

  constructor(kind: FrameKind) {
    const frames: Buffer[] = []
    let start = 0
    for (let state = 0; state < STATES.length; state += 1) {
      for (let index = 0; index < OBJECTS; index += 1) {
        const text = frameText(kind, index, state)
        const frame = encode(text)
        this.starts.push(start)
        frames.push(frame)
        start += frame.length
      }
    }
    this.starts.push(start)
    this.count = frames.length
    this.size = Buffer.byteLength(frameText(kind, OBJECTS / 2, 0))
    this.bytes = Buffer.concat(frames)
  }

  /** So many frames from that place on, fewer at the end of the sequence. */
  slice(from: number, frames: number): { readonly bytes: Buffer; readonly frames: number } {
    const first = from % this.count
    const end = Math.min(this.count, first + frames)
    return { bytes: this.bytes.subarray(this.starts[first], this.starts[end]), frames: end - first }
  }

  /** Writes the time into one frame. */
  stamp(place: number, time: number): void {
    const { bytes } = this.slice(place, 1)
    const at = bytes.indexOf('(sent ', 0, 'latin1') + '(sent '.length
    bytes.write(String(time).padStart(STAMP_LENGTH, '0'), at, 'latin1')
  }
}
