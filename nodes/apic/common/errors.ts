// The coded errors that users, Catch nodes and logs see. Nothing else leaves the client.

import { plainText } from './plain-text'

/** Longest text of an error, and of a refusal in it: a peer may send a whole page. */
const LONGEST_MESSAGE = 1_000
const LONGEST_REFUSAL = 500
const LONGEST_CODE = 40

/** The kind of an error; flows switch on this. */
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

/** A problem on the way to a controller: one of the kinds in trouble.ts, and the values in its text. */
export interface Trouble {
  readonly kind: string
  readonly values: Readonly<Record<string, string>>
}

/**
 * An error with a code. Node-RED hands a Catch node only the string form, `code` and `cause`; `code` and `cause` are own
 * properties because Node-RED looks for own ones.
 */
export class AciError extends Error {
  readonly code: ErrorCode
  declare readonly cause?: Refusal
  /** The message in a form that can be translated. */
  readonly trouble: Trouble | undefined

  constructor(code: ErrorCode, message: string, cause?: Refusal, trouble?: Trouble) {
    super(plainText(message, LONGEST_MESSAGE), cause === undefined ? undefined : { cause: plainRefusal(cause) })
    // The name leads the string form: "ACI_TLS: the certificate of …".
    this.name = code
    this.code = code
    this.trouble = trouble
  }

  /** A short text for a status line: the APIC's own words where there are any. */
  get reason(): string {
    return this.cause?.text ?? this.message
  }
}

function plainRefusal({ status, code, text }: Refusal): Refusal {
  return { status, code: plainText(code, LONGEST_CODE), text: plainText(text, LONGEST_REFUSAL) }
}

/**
 * An answer with an error status that is not the APIC's: a web page of a proxy, or of the APIC's own web server. It says
 * nothing about the request, and the next answer may differ.
 */
export class NotFromApic extends AciError {}

/**
 * Any thrown value as an AciError. One of another kind is taken for data of the peer that could not be read, and its text
 * for free of secrets: what carries them (axios, ws, TLS) is made an AciError in the module that catches it.
 */
export function toAciError(thrown: unknown): AciError {
  if (thrown instanceof AciError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new AciError('ACI_PROTOCOL', message)
}
