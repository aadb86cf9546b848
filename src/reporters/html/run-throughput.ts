// Throughput over the time of a run, all pairs together.
import { max, sum } from 'd3-array'
import { formatBytes, formatDuration, formatRate } from '../../core/format.ts'
import type { PairRunDocument, RunDocument } from '../../documents/run-document.ts'
import type { Markup } from '../../page/markup.ts'
import { messageRate } from '../words.ts'
import { curve, figure } from './charts.ts'
import { figureWords } from './pictures.ts'

/** Points of a curve. */
const mostPoints = 120

/** Messages and bytes per second over the time of the run. Undefined where nothing was moved, or in no time. */
export function throughputFigure(document: RunDocument): Markup | undefined {
  const { pairs, milliseconds } = document
  const points = Math.min(mostPoints, max(pairs, ({ timeline }) => timeline.messages.length) ?? 0)
  const copied = sum(pairs, ({ timeline }) => sum(timeline.messages))
  if (points < 3 || copied === 0 || milliseconds <= 0) return undefined
  const messages = ratesOf(document, points, ({ messages }) => messages)
  const bytes = ratesOf(document, points, ({ bytesAppended }) => bytesAppended)
  const appended = sum(pairs, ({ bytesAppended }) => bytesAppended)
  const average = `${messageRate(copied, milliseconds)} and ${formatRate(appended, milliseconds)} on average over ${formatDuration(milliseconds)}`
  const peak = `at best ${messageRate(max(messages) ?? 0, 1000)} and ${formatRate(max(bytes) ?? 0, 1000)}`
  const plots = [
    curve('Messages a second', `Messages a second over the run: ${average}`, messages, milliseconds, figureWords),
    curve('Mail a second', `Mail a second over the run: ${average}`, bytes, milliseconds, formatBytes),
  ]
  return figure('throughput', 'Throughput', `${average}, ${peak}.`, plots)
}

// Steps of pairs begin at any time and are of any length: what falls into a point is counted by how much it overlaps it.
function ratesOf(
  { startedAt, milliseconds, pairs }: RunDocument,
  points: number,
  valuesOf: (timeline: PairRunDocument['timeline']) => readonly number[],
): readonly number[] {
  const width = milliseconds / points
  const amounts = new Array<number>(points).fill(0)
  for (const pair of pairs) {
    const offset = Math.max(0, Date.parse(pair.startedAt) - Date.parse(startedAt)) || 0
    const step = pair.timeline.stepMilliseconds
    valuesOf(pair.timeline).forEach((value, at) => {
      const from = Math.min(offset + at * step, milliseconds - 1)
      const to = Math.max(from + 1, Math.min(from + step, offset + pair.milliseconds, milliseconds))
      const lastPoint = Math.min(points - 1, Math.floor((to - 1e-6) / width))
      for (let point = Math.floor(from / width); point <= lastPoint; point += 1) {
        const overlap = Math.min(to, (point + 1) * width) - Math.max(from, point * width)
        amounts[point] = (amounts[point] ?? 0) + (value * overlap) / (to - from)
      }
    })
  }
  return amounts.map((amount) => (amount * 1000) / width)
}
