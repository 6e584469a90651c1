// The coded errors that users, Catch nodes and logs see. Nothing else leaves the client.

import { plainText } from './plain-text'

/** Longest text of an error, and of a refusal in it: what a peer says may be a whole page. */
const LONGEST_MESSAGE = 1_000
const LONGEST_REFUSAL = 500
const LONGEST_CODE = 40

/** What kind of trouble it is; flows switch on this. */
export type ErrorCode =
  | 'ACI_CONFIG'
  | 'ACI_AUTH'
  | 'ACI_TLS'
  | 'ACI_UNREACHABLE'
  | 'ACI_TIMEOUT'
  | 'ACI_QUERY'
  | 'ACI_PROTOCOL'
  | 'ACI_CLOSED'

/** An APIC's refusal in its own words: HTTP status, the APIC's code (not always the status) and its text. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly text: string
}

/** What went wrong on the way to a controller: one of the kinds in trouble.ts, and what its text is filled in with. */
export interface Trouble {
  readonly kind: string
  readonly values: Readonly<Record<string, string>>
}

/**
 * An error with a code. Node-RED hands a Catch node the string form, `code` and `cause` and nothing else, so all that
 * matters is in these three; they are own properties because Node-RED looks for own ones.
 */
export class AciError extends Error {
  readonly code: ErrorCode
  declare readonly cause?: Refusal
  /** What the message says, for whoever tells it in another language. */
  readonly trouble: Trouble | undefined

  constructor(code: ErrorCode, message: string, cause?: Refusal, trouble?: Trouble) {
    super(plainText(message, LONGEST_MESSAGE), cause === undefined ? undefined : { cause: plainRefusal(cause) })
    // The name leads the string form: "ACI_TLS: the certificate of …".
    this.name = code
    this.code = code
    this.trouble = trouble
  }

  /** The shortest true account of it, for a status line: the APIC's own words where there are any. */
  get reason(): string {
    return this.cause?.text ?? this.message
  }
}

function plainRefusal({ status, code, text }: Refusal): Refusal {
  return { status, code: plainText(code, LONGEST_CODE), text: plainText(text, LONGEST_REFUSAL) }
}

/**
 * An answer with an error status that no APIC gave: a web page of whatever stands before it, or of the APIC's own web
 * server. It says nothing of what was asked, and the next answer may be another one.
 */
export class NotFromApic extends AciError {}

/** Any thrown value as an AciError; what is not one already is a fault in what the peer sent or in our reading of it. */
export function toAciError(thrown: unknown): AciError {
  if (thrown instanceof AciError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new AciError('ACI_PROTOCOL', message)
}
