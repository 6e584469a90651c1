// What an APIC answers when it refuses. Texts are as seen on live APICs unless the function says otherwise.

/** A refusal: HTTP status, and code and text of the error object (the code is not always the status). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string
  ) {
    super(text)
    this.name = 'Refusal'
  }
}

export const badCredentials = (): Refusal =>
  new Refusal(401, '401', 'Username or password is incorrect - FAILED local authentication')

export const tokenTimeout = (): Refusal => new Refusal(403, '403', 'Token was invalid (Error: Token timeout)')

export const cookieNeeded = (): Refusal =>
  new Refusal(
    403,
    '403',
    'Need a valid webtoken cookie (named APIC-Cookie) or a signed request with signature in the cookie APIC-Request-Signature for all REST API requests'
  )

export const unresolvedClass = (name: string): Refusal =>
  new Refusal(400, '400', `Request failed, unresolved class for ${name}`)

export const propertyNotFound = (property: string, className: string): Refusal =>
  new Refusal(400, '121', `Prop '${property}' not found in class '${className}' property table`)

export const filterClassNotFound = (className: string): Refusal =>
  new Refusal(400, '122', `class ${className} not found`)

export const filterValueInvalid = (className: string, property: string, value: string): Refusal =>
  new Refusal(400, '301', `Incorrect filter format for ${className}.${property}, value '${value}' is not valid`)

export const tooBig = (): Refusal => new Refusal(400, '400', 'Unable to process the query, result dataset is too big')

export const socketNotFound = (): Refusal =>
  new Refusal(
    405,
    '405',
    'Subscription request failed, unable to locate opened web socket. Please re-login to the application'
  )

export const implicitProperty = (className: string, property: string): Refusal =>
  new Refusal(400, '400', `Admin implicit props cannot be modified, class=${className}, prop=${property}`)

/** The absent parent, or the absent object of a `modified`. The text is real; its use for the latter is a guess. */
export const objectNotFound = (dn: string): Refusal =>
  new Refusal(400, '102', `configured object ((Dn0)) not found Dn0=${dn}, `)

/** Not documented; from memory of live answers. */
export const alreadyThere = (className: string, parent: string, rn: string): Refusal =>
  new Refusal(400, '103', `child (Rn) of class ${className} is already attached. dn[(Dn0)] Dn0=${parent}, Rn1=${rn}, `)

/** The text is real; which malformed DNs get it is a guess. */
export const wrongDn = (dn: string, rn: string, position: number): Refusal =>
  new Refusal(400, '107', `Invalid DN ${dn}, wrong rn prefix ${rn} at position ${position}`)

/** Anything else that is refused. The texts of these are the simulator's own. */
export const badRequest = (text: string): Refusal => new Refusal(400, '400', text)
