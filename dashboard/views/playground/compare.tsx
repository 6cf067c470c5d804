import { useState } from 'preact/hooks'

interface CompareProps {
  readonly before: string | undefined
  readonly after: string
  readonly size: { readonly width: number; readonly height: number }
  readonly onSize: (size: { width: number; height: number }) => void
}

/** Two images on top of each other with a divider to drag: the original on the left, the result on the right. */
export function Compare({ before, after, size, onSize }: CompareProps) {
  const [split, setSplit] = useState(0)
  const { width, height } = size
  return (
    <div class="compare" style={{ '--w': width || 1, '--h': height || 1, '--split': split }}>
      <img
        src={after}
        alt="The result"
        onLoad={event => {
          const { naturalWidth, naturalHeight } = event.currentTarget
          onSize({ width: naturalWidth, height: naturalHeight })
        }}
      />
      {before && <img class="compare-before" src={before} alt="The original" />}
      <span class="compare-line" />
      {split > 0 && <span class="compare-name">Original</span>}
      {split < 1 && <span class="compare-name after">Result</span>}
      <input
        type="range"
        class="compare-range"
        aria-label="How much of the original is shown"
        min={0}
        max={1}
        step={0.01}
        value={split}
        onInput={event => setSplit(event.currentTarget.valueAsNumber)}
      />
    </div>
  )
}
