// Reading QR codes from a video: the browser's own BarcodeDetector, or ours (zxing-wasm behind the same interface) where it has none.
const wanted = { formats: ["qr_code"] };

async function native() {
  const formats = await window.BarcodeDetector?.getSupportedFormats().catch(() => []);
  return formats?.includes("qr_code") ? new window.BarcodeDetector(wanted) : null;
}

function script(src) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = src;
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error(`not loaded: ${src}`)));
    document.head.append(element);
  });
}

async function ours(decoder, engine) {
  if (!window.BarcodeDetectionAPI) await script(decoder);
  const { BarcodeDetector, prepareZXingModule } = window.BarcodeDetectionAPI;
  await prepareZXingModule({ overrides: { locateFile: () => engine }, fireImmediately: true });
  return new BarcodeDetector(wanted);
}

/** What reads codes: `detect(video)` answers a list of `{rawValue}`. Rejects where neither the browser nor our decoder can. */
export async function codeReader({ decoder, engine }) {
  return (await native()) ?? ours(decoder, engine);
}
