// A strict little reader of XML: elements, attributes and text, no document types, no entities but the five, all bounded.

/** An element; `text` is what stands directly in it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const longestText = 256 * 1024
const mostElements = 5000
const deepest = 32

const name = '[A-Za-z_][\\w.:-]*'
const skipped = /<!--(?:[^-]|-[^-])*-->|<\?[^?]*\?>/y
const opening = new RegExp(`<(${name})`, 'y')
const attribute = new RegExp(`\\s+(${name})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'y')
const openingEnd = /\s*(\/?)>/y
const closing = new RegExp(`</(${name})\\s*>`, 'y')
const characters = /[^<]+/y

interface OpenElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

/** The root element; undefined for whatever is not well-formed, too large, or has a document type or CDATA in it. */
export function readXml(text: string): XmlElement | undefined {
  if (text.length > longestText) return undefined
  return new Reader(text.replace(/^\ufeff/, '')).read()
}

class Reader {
  readonly #text: string
  readonly #open: OpenElement[] = [{ name: '', attributes: new Map(), children: [], text: '' }]
  #at = 0
  #count = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): XmlElement | undefined {
    while (this.#at < this.#text.length) if (!this.#step()) return undefined
    const [document, ...unclosed] = this.#open
    const isOne = unclosed.length === 0 && document?.children.length === 1 && document.text.trim() === ''
    return isOne ? document.children[0] : undefined
  }

  #step(): boolean {
    if (this.#match(skipped)) return true
    const text = this.#match(characters)
    if (text) return this.#addText(text[0])
    const end = this.#match(closing)
    if (end) return this.#close(end[1] ?? '')
    const start = this.#match(opening)
    return start ? this.#openElement(start[1] ?? '') : false
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (!found) return undefined
    this.#at = pattern.lastIndex
    return found
  }

  #addText(raw: string): boolean {
    const text = unescaped(raw)
    const element = this.#open.at(-1)
    if (text === undefined || element === undefined) return false
    element.text += text
    return true
  }

  #openElement(name: string): boolean {
    this.#count += 1
    const attributes = new Map<string, string>()
    for (let found = this.#match(attribute); found; found = this.#match(attribute)) {
      const value = unescaped(found[2] ?? found[3] ?? '')
      if (value === undefined || attributes.has(found[1] ?? '')) return false
      attributes.set(found[1] ?? '', value)
    }
    const end = this.#match(openingEnd)
    if (!end || this.#count > mostElements || this.#open.length > deepest) return false
    this.#open.push({ name, attributes, children: [], text: '' })
    return end[1] === '' || this.#close(name)
  }

  #close(name: string): boolean {
    const element = this.#open.pop()
    const parent = this.#open.at(-1)
    if (element?.name !== name || parent === undefined) return false
    parent.children.push(element)
    return true
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text with its entities replaced; undefined where one of them is not known. */
function unescaped(text: string): string | undefined {
  let isKnown = true
  const plain = text.replaceAll(/&([^;&]{0,10});?/g, (whole, entity: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(entity)
    const point = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] ? 16 : 10) : undefined
    const character = point === undefined ? entities[entity] : characterOf(point)
    if (character === undefined || !whole.endsWith(';')) isKnown = false
    return character ?? ''
  })
  return isKnown ? plain : undefined
}

function characterOf(point: number): string | undefined {
  const isAllowed = point === 9 || point === 10 || point === 13 || (point >= 32 && point <= 0x10ffff)
  return isAllowed && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : undefined
}
