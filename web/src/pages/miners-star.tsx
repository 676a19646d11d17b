import { useText } from '../i18n';

export function Star({
  name,
  marked,
  onClick,
}: {
  readonly name: string;
  readonly marked: boolean;
  readonly onClick: () => void;
}) {
  const t = useText();
  return (
    <button
      type="button"
      className="icon-button"
      aria-pressed={marked}
      aria-label={marked ? t.miners.favouriteRemove(name) : t.miners.favouriteAdd(name)}
      onClick={onClick}
    >
      {marked ? '★' : '☆'}
    </button>
  );
}
