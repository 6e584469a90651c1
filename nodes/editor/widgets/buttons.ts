// Icons and buttons, as all parts of the dialogs have them.

/** One of the editor's icons, `fa-search`, for the eye alone: words say the same. */
export function symbol(name: string): JQuery {
  return $('<i class="fa" aria-hidden="true">').addClass(name)
}

/** Gives a button that only has an icon its words: as its name, and as its tooltip. */
export function nameButton(button: JQuery, label: string): JQuery {
  return button.attr({ 'aria-label': label, title: label })
}

export function iconButton(icon: string, label: string): JQuery {
  return nameButton($('<button type="button" class="red-ui-button">').append(symbol(icon)), label)
}

export function textButton(icon: string, label: string): JQuery {
  return $('<button type="button" class="red-ui-button">').append(symbol(icon), ' ', $('<span>').text(label))
}

/** As buttons within a panel are. */
export function small(button: JQuery): JQuery {
  return button.addClass('red-ui-button-small')
}
