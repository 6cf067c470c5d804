export function Keys({ id }: { id: string }) {
  return <p>{id}</p>
}
