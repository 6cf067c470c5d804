import './plot.css'
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { scheme } from '../theme.ts'

/** Something that is drawn, a value a place. */
export interface PlotSeries {
  /** The custom property of its colour. */
  readonly color: string
  /** Null where there is nothing to draw. */
  readonly values: readonly (number | null)[]
  /** Bars, or a line that has an axis of its own on the right. */
  readonly kind: 'bars' | 'line'
}

/** An axis of values. */
export interface PlotAxis {
  readonly text: (value: number) => string
  /** By which it may be divided, ascending. */
  readonly steps: readonly number[]
  /** Where it ends; else a little above the highest value. */
  readonly max?: number
}

export interface PlotProps {
  /** What stands below each place. */
  readonly labels: readonly string[]
  /** Each is painted over those before it, so that bars stand on each other when the tallest come first. */
  readonly series: readonly PlotSeries[]
  readonly left: PlotAxis
  readonly right?: PlotAxis | undefined
  /** What it shows, in words. */
  readonly label: string
  /** Plots of the same name are pointed at syncKey. */
  readonly syncKey: string
  /** The place that is pointed at, null for none. */
  readonly onHover: (place: number | null) => void
}

/** Pixels. */
const [height, axisWidth, labelWidth] = [208, 52, 64]

/** A chart, drawn by uPlot. Whoever cannot see it needs its numbers elsewhere, too. */
export function Plot(props: PlotProps) {
  const frame = useRef<HTMLDivElement>(null)
  const { labels, series, left, right } = props
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const data: uPlot.AlignedData = [
      labels.map((_, place) => place),
      ...series.map(({ values }) => [...values]),
    ]
    const plot = new uPlot(optionsOf(element, props), data, element)
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [labels, series, left, right, scheme.value])
  return <div class="plot" role="img" aria-label={props.label} ref={frame} />
}

function optionsOf(
  element: HTMLElement,
  { labels, series, left, right, syncKey, onHover }: PlotProps,
): uPlot.Options {
  const paint = (token: string) => colorOf(element, token)
  const text = { stroke: paint('--ink-2'), font: `11px ${getComputedStyle(element).fontFamily}` }
  const grid = { stroke: paint('--line'), width: 1 }
  const yAxis = (scale: 'left' | 'right', { text: values, steps }: PlotAxis): uPlot.Axis => ({
    ...text,
    scale,
    side: scale === 'left' ? 3 : 1,
    size: axisWidth,
    space: 28,
    gap: 8,
    incrs: [...steps],
    values: (_, splits) => splits.map(values),
    grid: { ...grid, show: scale === 'left' },
    ticks: { show: false },
  })
  return {
    width: element.clientWidth,
    height,
    padding: [12, right ? 0 : 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: syncKey } },
    scales: {
      x: { time: false, range: [-0.5, labels.length - 0.5] },
      left: scaleOf(left),
      right: scaleOf(right),
    },
    axes: [
      xAxis(labels, { ...text, grid: { show: false } }),
      yAxis('left', left),
      ...(right ? [yAxis('right', right)] : []),
    ],
    series: [{}, ...series.map(one => seriesOf(one, paint(one.color), paint('--raised')))],
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? null)] },
  }
}

/** From the last place back, as many labels as there is room for. */
function xAxis(labels: readonly string[], look: uPlot.Axis): uPlot.Axis {
  const splits = ({ bbox }: uPlot) => {
    const room = Math.max(1, Math.floor(bbox.width / devicePixelRatio / labelWidth))
    const step = Math.ceil(labels.length / room)
    return labels.map((_, place) => place).filter(place => (labels.length - 1 - place) % step === 0)
  }
  return {
    ...look,
    size: 28,
    gap: 6,
    splits,
    values: (_, places) => places.map(place => labels[place] ?? ''),
    ticks: { show: false },
  }
}

const scaleOf = (axis: PlotAxis | undefined): uPlot.Scale => ({
  range: (_, __, highest) => [0, axis?.max ?? (highest > 0 ? highest * 1.06 : (axis?.steps[0] ?? 1))],
})

function seriesOf({ kind }: PlotSeries, color: string, ground: string): uPlot.Series {
  if (kind === 'line') return { scale: 'right', stroke: color, width: 2, points: { show: false } }
  const bars = uPlot.paths.bars?.({ size: [0.86, 40, 1], radius: [0.12, 0] })
  // an edge in the colour of the ground keeps what stands on each other apart
  return {
    scale: 'left',
    fill: color,
    stroke: ground,
    width: 1,
    points: { show: false },
    ...(bars && { paths: bars }),
  }
}

/** What a custom property is as a colour here and now: a canvas knows neither it nor `light-dark()`. */
function colorOf(element: HTMLElement, token: string): string {
  const probe = element.appendChild(document.createElement('span'))
  probe.style.color = `var(${token})`
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
