// The form in which Node-RED's editor takes the check of a setting.

/** A check of one setting of a node: true, or what is wrong, for people. */
export type Check = (node: EditorNode, value: unknown, options: unknown) => true | string

/** The editor takes a text for "valid" unless the function has exactly two parameters, hence this one place for them. */
export function validator(check: Check): Validator {
  return function (value, options) {
    return check(this, value, options)
  }
}
