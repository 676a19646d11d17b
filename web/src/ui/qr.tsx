import { useMemo } from 'react';
import { encode } from 'uqr';
import { useText } from '../i18n';

/** A text as a QR code, drawn here. Dark on light in both themes: not every camera reads it the other way. */
export function QrCode({ text }: { readonly text: string }) {
  const t = useText();
  const { path, size } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: 4 });
    const squares = code.data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')));
    return { path: squares.join(''), size: code.size };
  }, [text]);
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={t.wallet.qrOf(text)}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
