export function ImageView({ id }: { id: string }) {
  return <p>{id}</p>
}
