// A picture, as deep as it goes: tiles where there are some, else its copy for the screen, else the file itself.

import { script } from "./stage.js";

/** What is shown, as openseadragon takes it; null where a browser can show nothing of it. */
async function source(stage) {
  const { at, screen, view } = stage.box.dataset;
  const told = stage.has("tiles") && (await stage.copy(`${at}/tiles`));
  if (told) {
    const it = await told.json();
    return {
      width: it.width,
      height: it.height,
      tileSize: it.tile,
      tileOverlap: 0,
      minLevel: 0,
      maxLevel: it.levels.length - 1,
      getTileUrl: (level, column, row) => `${at}/tiles/${level}/${column}/${row}`,
    };
  }
  const copy = stage.has("screen") && (await stage.copy(screen));
  if (copy) return { type: "image", url: URL.createObjectURL(await copy.blob()) };
  return "plain" in stage.box.dataset ? { type: "image", url: view } : null;
}

/** The viewer would put a style of its own into the page, which no page of ours takes: it finds one there. */
function spared(nonce) {
  const style = document.createElement("style");
  style.nonce = nonce;
  style.dataset.openseadragonMobileCss = "true";
  document.head.append(style);
}

export async function show(stage) {
  stage.say("loading");
  const tileSources = await source(stage);
  if (!tileSources) return stage.say("none");
  await script(stage.box.dataset.osd);
  spared(stage.box.dataset.nonce);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const viewer = window.OpenSeadragon({
    element: stage.screen,
    tileSources,
    showNavigationControl: false,
    showNavigator: false,
    drawer: "canvas",
    animationTime: calm ? 0 : 0.5,
    maxZoomPixelRatio: 4,
    visibilityRatio: 0.5,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  });
  const port = () => viewer.viewport;
  stage.act({
    in: () => port().zoomBy(1.5).applyConstraints(),
    out: () => port().zoomBy(1 / 1.5).applyConstraints(),
    fit: () => port().goHome(),
    turn: () => port().setRotation(port().getRotation() + 90),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : stage.box.requestFullscreen()),
  });
  viewer.addHandler("open", () => {
    stage.say("");
    stage.box.dataset.ready = "";
  });
  viewer.addHandler("open-failed", () => stage.ask());
  viewer.addHandler("tile-load-failed", () => stage.ask());
}
