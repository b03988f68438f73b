// A picture, as deep as it goes: tiles where there are some, else its copy for the screen, else the file itself.
// A scan of several pages is gone through by their numbers.

import { script } from "./stage.js";

const STEP = 0.1; // so much of what is in sight one arrow goes

/** What is to be opened now. One picture is held at a time, not one for each page that was looked at. */
let address = "";
function held(next) {
  if (!next.blob) return next;
  URL.revokeObjectURL(address);
  return { type: "image", url: (address = URL.createObjectURL(next.blob)) };
}

/** What is shown of a page, as openseadragon takes it once it is `held`; null where a browser can show nothing of it. */
async function source(stage, page) {
  const { at, screen, view } = stage.box.dataset;
  const [alone, more] = page > 1 ? [`?page=${page}`, `&page=${page}`] : ["", ""];
  const told = stage.has("tiles") && (await stage.copy(`${at}/tiles${alone}`));
  if (told) {
    const it = await told.json();
    return {
      width: it.width,
      height: it.height,
      tileSize: it.tile,
      tileOverlap: 0,
      minLevel: 0,
      maxLevel: it.levels.length - 1,
      getTileUrl: (level, column, row) => `${at}/tiles/${level}/${column}/${row}${alone}`,
    };
  }
  const copy = stage.has("screen") && (await stage.copy(screen + more));
  if (copy) return { blob: await copy.blob() };
  return "plain" in stage.box.dataset ? { type: "image", url: view } : null;
}

/** The viewer would put a style of its own into the page, which no page of ours takes: it finds one there. */
function spared(nonce) {
  const style = document.createElement("style");
  style.nonce = nonce;
  style.dataset.openseadragonMobileCss = "true";
  document.head.append(style);
}

/** Going from page to page; who is quicker than the pages sees the last one asked for. */
function leaves(stage, viewer, at) {
  const number = stage.tools.querySelector("[data-page]");
  if (!number) return {};
  async function go(wanted) {
    const page = Math.min(Math.max(Math.trunc(wanted) || 1, 1), Number(number.max));
    number.value = page;
    if (page === at || stage.over) return;
    at = page;
    stage.say("loading");
    const next = await source(stage, page).catch(() => null);
    if (page !== at || stage.over) return;
    if (next) return viewer.open(held(next));
    viewer.close();
    stage.ask("none");
  }
  number.addEventListener("change", () => go(number.valueAsNumber));
  return { before: () => go(at - 1), after: () => go(at + 1) };
}

function arrows(stage, port) {
  const ways = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  stage.screen.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const sight = port()?.getBounds(true);
    if (sight) port().panBy(new window.OpenSeadragon.Point(way[0] * sight.width, way[1] * sight.height)).applyConstraints();
  });
}

export async function show(stage) {
  stage.say("loading");
  const first = Number(stage.box.dataset.first);
  const shown = await source(stage, first);
  if (!shown) return stage.ask("none");
  await script(stage.box.dataset.osd);
  spared(stage.box.dataset.nonce);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const viewer = window.OpenSeadragon({
    element: stage.screen,
    tileSources: held(shown),
    showNavigationControl: false,
    showNavigator: false,
    keyboardNavEnabled: false, // keys are the stage's own, or one press would do its work twice
    tabIndex: -1,
    drawer: "canvas",
    tileRetryMax: 2, // a connection that was away for a moment leaves no hole
    animationTime: calm ? 0 : 0.5,
    maxZoomPixelRatio: 4,
    visibilityRatio: 0.5,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  });
  const port = () => viewer.viewport; // none while nothing is shown
  const full = stage.tools.querySelector('[data-act="full"]');
  full.hidden = !document.fullscreenEnabled;
  let turned = 0; // pages of one scan lie alike
  stage.act({
    in: () => port()?.zoomBy(1.5).applyConstraints(),
    out: () => port()?.zoomBy(1 / 1.5).applyConstraints(),
    fit: () => port()?.goHome(),
    turn: () => port()?.setRotation((turned = (turned + 90) % 360)),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : stage.box.requestFullscreen()).catch(() => {}), // the browser may say no
    ...leaves(stage, viewer, first),
  });
  arrows(stage, port);
  viewer.addHandler("open", () => {
    port().setRotation(turned, true);
    stage.say("");
    stage.box.dataset.ready = "";
  });
  document.addEventListener("fullscreenchange", () => viewer.addOnceHandler("resize", () => port()?.goHome()));
  viewer.addHandler("open-failed", () => stage.ask());
  viewer.addHandler("tile-load-failed", () => stage.ask());
  viewer.addHandler("tile-loaded", () => stage.back());
}
