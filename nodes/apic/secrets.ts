// What a connection must not repeat: an APIC, or a proxy before it, may send back what it was sent.

/** Tokens that are remembered; each refresh makes another one. */
const MOST = 16
/** A shorter one is found in too many words; it is hidden where it stands for a password. */
const LEAST_LENGTH = 4
/** What stands for a password in a body or a form, up to its end. */
const PASSWORD_FIELD = /("?(?:pwd|password)"?\s*[:=]\s*)("(?:\\.|[^"\\])*"?|[^\s,}&]+)/gi

const HIDDEN = '…'

export class Secrets {
  private readonly forms = new Map<string, readonly string[]>()

  /** From now on this text is not repeated, however it is escaped. */
  add(secret: string): void {
    if (secret.length < LEAST_LENGTH) return
    const json = JSON.stringify(secret).slice(1, -1)
    const forms = [
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      encodeURIComponent(secret),
      encodeURIComponent(json)
    ]
    forms.push(Buffer.from(secret).toString('base64').replace(/=+$/, ''))
    this.forms.delete(secret)
    this.forms.set(secret, [...new Set(forms)])
    const [oldest] = this.forms.keys()
    if (this.forms.size > MOST && oldest !== undefined) this.forms.delete(oldest)
  }

  /** The text without any of them. */
  hide(text: string): string {
    let hidden = text.replace(PASSWORD_FIELD, `$1${HIDDEN}`)
    for (const forms of this.forms.values()) for (const form of forms) hidden = hidden.replaceAll(form, HIDDEN)
    return hidden
  }
}
