// Nodes as the editor hands them to validators and labels.

/** A node with these settings, whose texts are their keys and values: `aci-apic.error.range {"min":1}`. */
export function nodeWith(settings: Readonly<Record<string, unknown>> = {}): EditorNode {
  return {
    id: 'node',
    type: 'test',
    _: (key, values) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`),
    ...settings
  }
}

/** What the editor is told when it asks a validator, as it asks. */
export function verdict(check: Validator, value: unknown, settings?: Readonly<Record<string, unknown>>): true | string {
  return check.call(nodeWith(settings), value, { label: 'a label' })
}
