import './bar.css'

/** A number, and beside it how much that is of the largest: from 0 to 1. */
export function Bar({ share, text }: { share: number; text: string }) {
  return (
    <span class="bar" style={{ '--share': share }}>
      {text}
    </span>
  )
}
