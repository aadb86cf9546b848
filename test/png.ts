// Reads PNG files and tells how unlike two pictures are, so that another font or a smoother edge is no difference.
import { inflateSync } from 'node:zlib'

/** A picture: 8 bits a channel, red, green and blue one after the other, without transparency. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** Side of the squares whose mean colours are compared, in pixels: about the height of a line of text. */
const square = 16

/** Reads a PNG of 8 bits a channel in true colour, as browsers write screenshots. */
export function readPng(file: Uint8Array): Picture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  const channels = { 2: 3, 6: 4 }[file[25] ?? 0]
  if (channels === undefined || file[24] !== 8 || file[28] !== 0)
    throw new Error('not a PNG of the kind that browsers write')
  const data: Uint8Array[] = []
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at)
    if (Buffer.from(file.subarray(at + 4, at + 8)).toString('latin1') === 'IDAT')
      data.push(file.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  const lines = unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels)
  if (channels === 3) return { width, height, pixels: lines }
  return { width, height, pixels: lines.filter((_, at) => at % 4 !== 3) }
}

/** The share of squares whose mean colours differ by more than `tolerance` of 255 in a channel; 1 where the sizes differ. */
export function unlikeness(one: Picture, other: Picture, tolerance: number): number {
  if (one.width !== other.width || one.height !== other.height) return 1
  const [left, right] = [means(one), means(other)]
  let unlike = 0
  for (let at = 0; at < left.length; at += 3) {
    const differs = [0, 1, 2].some(
      (channel) => Math.abs((left[at + channel] ?? 0) - (right[at + channel] ?? 0)) > tolerance,
    )
    if (differs) unlike += 1
  }
  return unlike / (left.length / 3)
}

function means({ width, height, pixels }: Picture): Float64Array {
  const [across, down] = [Math.ceil(width / square), Math.ceil(height / square)]
  const sums = new Float64Array(across * down * 3)
  const counts = new Float64Array(across * down)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const cell = Math.floor(y / square) * across + Math.floor(x / square)
      counts[cell] = (counts[cell] ?? 0) + 1
      for (const channel of [0, 1, 2]) {
        sums[cell * 3 + channel] = (sums[cell * 3 + channel] ?? 0) + (pixels[(y * width + x) * 3 + channel] ?? 0)
      }
    }
  }
  return sums.map((sum, at) => sum / (counts[Math.floor(at / 3)] ?? 1))
}

// PNG (ISO 15948) section 9: each line is told as its difference from what is to the left of it and above it.
function unfilter(raw: Uint8Array, stride: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array(stride * height)
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x
      const left = x >= channels ? (out[at - channels] ?? 0) : 0
      const above = y > 0 ? (out[at - stride] ?? 0) : 0
      const corner = x >= channels && y > 0 ? (out[at - stride - channels] ?? 0) : 0
      const guess = [0, left, above, Math.floor((left + above) / 2), paeth(left, above, corner)][filter] ?? 0
      out[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + guess
    }
  }
  return out
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}
