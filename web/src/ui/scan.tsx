/** Reads an address from a QR code with the camera, where the browser itself can read codes; elsewhere there is no such button. */

import { useEffect, useRef, useState } from 'react';
import { useText } from '../i18n';
import { parseAddress } from '../lib/address';

interface Detector {
  readonly detect: (source: HTMLVideoElement) => Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorMaker = new (options: { readonly formats: readonly string[] }) => Detector;

function detectorMaker(): DetectorMaker | null {
  const maker = (globalThis as { readonly BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  // A browser's own name for a camera that is not there: pages that are not of https or this machine.
  const media = navigator.mediaDevices as MediaDevices | undefined;
  return maker === undefined || media === undefined ? null : maker;
}

const LOOK_MS = 250;

export function ScanButton({ onAddress }: { readonly onAddress: (address: string) => void }) {
  const t = useText();
  const [open, setOpen] = useState(false);
  const maker = detectorMaker();
  if (maker === null) return null;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {t.scan.open}
      </button>
      {open ? (
        <Camera
          maker={maker}
          onAddress={(address) => {
            setOpen(false);
            onAddress(address);
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

function Camera({
  maker: Maker,
  onAddress,
  onClose,
}: {
  readonly maker: DetectorMaker;
  readonly onAddress: (address: string) => void;
  readonly onClose: () => void;
}) {
  const t = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const found = useRef(onAddress);
  const [problem, setProblem] = useState<'denied' | 'strange' | null>(null);
  useEffect(() => {
    found.current = onAddress;
  }, [onAddress]);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const detector = new Maker({ formats: ['qr_code'] });
    const look = async () => {
      const codes = video.current === null ? [] : await detector.detect(video.current).catch(() => []);
      if (stopped) return;
      for (const code of codes) {
        const parsed = parseAddress(code.rawValue);
        if (parsed.ok) {
          found.current(parsed.address);
          return;
        }
        setProblem('strange');
      }
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    const start = async () => {
      const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (stopped || video.current === null) {
        for (const track of opened.getTracks()) track.stop();
        return;
      }
      stream = opened;
      video.current.srcObject = opened;
      await video.current.play();
      await look();
    };
    start().catch(() => setProblem('denied'));
    return () => {
      stopped = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [Maker]);
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={t.scan.title}>
      <div className="stack">
        <h2>{t.scan.title}</h2>
        <video ref={video} className="camera" muted playsInline />
        <p role="status" className="bad">
          {problem === null ? null : t.scan[problem]}
        </p>
        <div>
          <button type="button" className="button" onClick={onClose}>
            {t.common.cancel}
          </button>
        </div>
      </div>
    </dialog>
  );
}
