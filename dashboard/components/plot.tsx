import './plot.css'
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { scheme } from '../theme.ts'

/** One data series, with a value for each position on the x axis. */
export interface PlotSeries {
  /** The CSS custom property that holds the colour. */
  readonly color: string
  /** Null where nothing is drawn. */
  readonly values: readonly (number | null)[]
  /** Bars on the left axis, or a line on the right axis. */
  readonly kind: 'bars' | 'line'
}

/** A y axis. */
export interface PlotAxis {
  readonly text: (value: number) => string
  /** Allowed distances between ticks, ascending. */
  readonly steps: readonly number[]
  /** The end of the axis. Without it, slightly above the highest value. */
  readonly max?: number
}

export interface PlotProps {
  /** The labels of the x axis. */
  readonly labels: readonly string[]
  /** Each series is drawn over the previous one. For stacked bars, the tallest come first. */
  readonly series: readonly PlotSeries[]
  readonly left: PlotAxis
  readonly right?: PlotAxis | undefined
  /** The accessible name, with a summary of the data. */
  readonly label: string
  /** Plots with the same key share their cursor. */
  readonly syncKey: string
  /** Called with the hovered index, or null when the pointer leaves. */
  readonly onHover: (place: number | null) => void
}

/** In pixels. */
const [height, axisWidth, labelWidth] = [208, 52, 64]

/** A chart, drawn by uPlot on a canvas. Provide the numbers elsewhere too for users who cannot see it. */
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

/** Shows as many labels as fit, counted from the last one. */
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
  // an edge in the background colour separates stacked bars
  return {
    scale: 'left',
    fill: color,
    stroke: ground,
    width: 1,
    points: { show: false },
    ...(bars && { paths: bars }),
  }
}

/** Resolves a custom property to a colour, since a canvas supports neither custom properties nor `light-dark()`. */
function colorOf(element: HTMLElement, token: string): string {
  const probe = element.appendChild(document.createElement('span'))
  probe.style.color = `var(${token})`
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
