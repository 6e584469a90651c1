// A field in which one value is chosen from a list, or typed where the list does not have it.

import { commonWord } from '../texts'
import { iconButton } from '../widgets/buttons'
import { mark, valueIn } from '../widgets/fields'

export interface ListedChoice {
  readonly value: string
  readonly text: string
  /** Choices of one group stand together below its name; those of the group '' come without one. */
  readonly group: string
}

export interface ChooserOptions {
  /** What it is called. */
  readonly label: string
  /** Shown as long as nothing is chosen. */
  readonly prompt: string
  /** It was changed by the user. */
  readonly changed: (value: string) => void
}

export class Chooser {
  readonly element = $('<span class="aci-chooser">')
  private readonly list: JQuery
  private readonly text: JQuery
  private readonly back: JQuery
  private value = ''
  private choices: readonly ListedChoice[] = []
  /** The value is typed although there is a list. */
  private isTyping = false

  constructor(private readonly options: ChooserOptions) {
    this.list = $('<select>').attr('aria-label', options.label)
    this.text = $('<input type="text" spellcheck="false" autocomplete="off">').attr('aria-label', options.label)
    this.back = iconButton('fa-list', commonWord('builder.list'))
    this.element.append(this.list, this.text, this.back)
    this.list.on('change', () => this.listed())
    this.text.on('input change', () => this.set(valueIn(this.text)))
    this.text.on('blur', () => this.offer(this.choices))
    this.back.on('click', () => {
      this.isTyping = false
      this.offer(this.choices)
      this.focus()
    })
  }

  /** Shows a value and the list to choose from; without a list it is typed. What is just being typed stays as it is. */
  show(value: string, choices: readonly ListedChoice[]): void {
    this.value = value
    if (!this.text.is(':focus')) {
      this.text.val(value)
      // What begins anew is chosen from the list first.
      if (value === '') this.isTyping = false
    }
    this.offer(choices)
  }

  /** Another list to choose from. */
  offer(choices: readonly ListedChoice[]): void {
    this.choices = choices
    // A list that comes while one types has to wait.
    const isTyped = this.isTyping || choices.length === 0 || this.text.is(':focus')
    this.list.toggle(!isTyped)
    this.text.toggle(isTyped)
    this.back.toggle(isTyped && choices.length > 0)
    this.fillList()
  }

  /** What the empty field for typing shows. */
  example(text: string): void {
    this.text.attr('placeholder', text)
  }

  enable(isEnabled: boolean): void {
    this.list.add(this.text).add(this.back).prop('disabled', !isEnabled)
  }

  focus(): void {
    const isListed = !this.isTyping && this.choices.length > 0
    ;(isListed ? this.list : this.text).trigger('focus')
  }

  /** Marks it as wrong, with the reason; an empty reason takes the mark away. */
  mark(reason: string): void {
    mark(this.list, reason)
    mark(this.text, reason)
  }

  private fillList(): void {
    const isListed = this.choices.some(({ value }) => value === this.value)
    const own = isListed ? [] : [{ value: this.value, text: this.value || this.options.prompt, group: '' }]
    const groups = new Map<string, JQuery>()
    this.list.empty()
    for (const { value, text, group } of [...own, ...this.choices]) {
      const option = $('<option>').val(value).text(text)
      if (group === '') option.appendTo(this.list)
      else {
        const box = groups.get(group) ?? $('<optgroup>').attr('label', group).appendTo(this.list)
        groups.set(group, box)
        option.appendTo(box)
      }
    }
    $('<option data-other="true">').text(commonWord('builder.other')).appendTo(this.list)
    this.list.val(this.value)
  }

  private listed(): void {
    if (this.list.find('option:selected').data('other') === true) {
      this.isTyping = true
      this.text.val(this.value)
      this.offer(this.choices)
      this.text.trigger('focus').trigger('select')
    } else this.set(valueIn(this.list))
  }

  private set(value: string): void {
    if (value === this.value) return
    this.value = value
    this.options.changed(value)
  }
}
