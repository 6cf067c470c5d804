import './bar.css'

/** A number with a bar behind it. `share` is its fraction of the largest number, from 0 to 1. */
export function Bar({ share, text }: { share: number; text: string }) {
  return (
    <span class="bar" style={{ '--share': share }}>
      {text}
    </span>
  )
}
