// The little reader of XML: what it reads, what it refuses, and that nothing makes it slow or large.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readXml } from '../../src/discovery/xml.ts'

describe('readXml', () => {
  test('reads elements, attributes, text, the five entities and characters by number', () => {
    const root = readXml(`\ufeff<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<a one="1" two='&lt;2&gt;'>x &amp; y<b/><c:d> &#65;&#x42; </c:d><!-- - --> z</a>
`)
    assert.equal(root?.name, 'a')
    assert.deepEqual(
      [...(root?.attributes ?? [])],
      [
        ['one', '1'],
        ['two', '<2>'],
      ],
    )
    assert.equal(root?.text, 'x & y z')
    assert.deepEqual(
      root?.children.map(({ name, text }) => [name, text]),
      [
        ['b', ''],
        ['c:d', ' AB '],
      ],
    )
  })

  for (const [what, text] of [
    ['nothing', ''],
    ['text alone', 'hello'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>b'],
    ['an open element', '<a><b></b>'],
    ['crossed elements', '<a><b></a></b>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'],
    ['an unknown entity', '<a>&b;</a>'],
    ['a bare ampersand', '<a>b & c</a>'],
    ['a character that there is not', '<a>&#xD800;</a>'],
    ['NUL by number', '<a>&#0;</a>'],
    ['CDATA', '<a><![CDATA[x]]></a>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute without quotes', '<a b=1/>'],
    ['HTML', '<html><br><p>Not here</html>'],
    ['an endless comment', '<!-- <a/>'],
    ['too deep', `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`],
    ['too many', `<a>${'<b/>'.repeat(6000)}</a>`],
    ['too much', `<a>${'x'.repeat(300_000)}</a>`],
  ] as const) {
    test(`refuses ${what}`, () => assert.equal(readXml(text), undefined))
  }

  test('whatever comes, it returns', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '="',
      '"',
      '&',
      ';',
      '#',
      '<!--',
      '-->',
      '<?',
      '?>',
      ' ',
      '<a>',
      '</a>',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        readXml(pieces.join(''))
      }),
    )
    for (const pathological of [
      '<!--'.repeat(50_000),
      '<a '.repeat(60_000),
      '&'.repeat(200_000),
      `<a ${'b="c" '.repeat(30_000)}`,
    ])
      assert.equal(readXml(pathological), undefined)
  })
})
